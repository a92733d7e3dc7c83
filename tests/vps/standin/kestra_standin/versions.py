"""What differs between the Kestra versions the stand-in plays.

0.20 is recorded from a real server, of the newer ones what says so. All else that asks for a newer
version follows the public source and documentation.
"""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """A Kestra version and the behaviour that goes with it."""

    text: str
    numbers: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read `v1.3.39`, `1.3.39` or `v1.3.39-no-plugins`."""
        plain = text.removeprefix("v").split("-")[0]
        return cls(plain, tuple(int(part) for part in plain.split(".") if part.isdigit()))

    @classmethod
    def from_environment(cls) -> "Version":
        """The version the image was built to play."""
        return cls.parse(os.environ.get("STANDIN_VERSION", "v1.3.39"))

    @property
    def has_tenant(self) -> bool:
        """Unrecorded: the API moved below `/api/v1/main`."""
        return self.numbers >= (0, 23)

    @property
    def prefix(self) -> str:
        """Where flows, executions, namespaces and logs are served."""
        return "/api/v1/main" if self.has_tenant else "/api/v1"

    @property
    def auth_is_mandatory(self) -> bool:
        """Unrecorded: basic auth cannot be left out, `enabled` is ignored."""
        return self.numbers >= (0, 24)

    @property
    def stays_without_a_type(self) -> bool:
        """Recorded in 1.3: a type that is missing or wrong hangs the start, and does not end it."""
        return self.numbers >= (1, 3)

    @property
    def is_two(self) -> bool:
        """Unrecorded: 2.0 answers 409 for an existing flow and has other action paths."""
        return self.numbers >= (2, 0)
