"""What differs between the Kestra versions the stand-in plays.

0.20 and 1.3 are recorded from real servers. Everything from 1.0 on is played as 1.3 was recorded;
what says so is not recorded and follows the public source and documentation.
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
        """The API is below `/api/v1/main`."""
        return self.numbers >= (0, 23)

    @property
    def prefix(self) -> str:
        """Where flows, executions, namespaces and logs are served."""
        return "/api/v1/main" if self.has_tenant else "/api/v1"

    @property
    def auth_is_mandatory(self) -> bool:
        """Basic auth cannot be left out, `enabled` is ignored."""
        return self.numbers >= (0, 24)

    @property
    def is_one(self) -> bool:
        """As recorded from 1.3: its answers, its starts that hang, its loss of a database."""
        return self.numbers >= (1, 0)

    @property
    def has_open_configs(self) -> bool:
        """The hole of CVE-2026-53576: a path that ends in `/configs` passes without a login."""
        patched = (1, 0, 44) if self.numbers < (1, 1) else (1, 3, 20)
        return self.is_one and self.numbers <= patched

    @property
    def is_two(self) -> bool:
        """Unrecorded: 2.0 answers 409 for an existing flow and has other action paths."""
        return self.numbers >= (2, 0)
