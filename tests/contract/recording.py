"""The recordings: what real servers answered, call by call."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Call:
    """One recorded request and its answer, or the error with which a client refused to send it."""

    number: int
    what: str
    method: str
    path: str
    port: str = "http"
    auth: str = "none"
    request_content_type: str | None = None
    request_body: str | None = None
    status: int = 0
    content_type: str | None = None
    www_authenticate: str | None = None
    location: str | None = None
    body: str = ""
    error: str | None = None

    @property
    def name(self) -> str:
        """A short name that is unique in the recording."""
        return f"{self.number:02d}-{self.what}-{self.method}-{self.path}-{self.auth}"


@dataclass(frozen=True)
class Recording:
    """The calls of one server in their order, and what a patched one answers otherwise."""

    calls: list[Call]
    fixed: dict[int, Call]

    def of(self, version: tuple[int, ...]) -> list[Call]:
        """Return the calls as a version answers them: newer patches close a hole of 1.3.19."""
        if version <= (1, 3, 20):
            return self.calls
        return [self.fixed.get(call.number, call) for call in self.calls]

    def named(self, what: str) -> Call:
        """Return the first call of that name."""
        return next(call for call in self.calls if call.what == what)

    def all_named(self, *whats: str) -> list[Call]:
        """Return every call of these names, in their order."""
        return [call for call in self.calls if call.what in whats]


def load(name: str) -> Recording:
    """Return a recording by its file's name, e.g. `kestra-1.3`."""
    text = (_FOLDER / f"{name}.json").read_text(encoding="utf-8")
    content = json.loads(text)
    calls = [Call(number=number, **entry) for number, entry in enumerate(content["calls"])]
    fixed = {}
    for other in content.get("differs_with_the_fix_of_CVE-2026-53576", []):
        refused = {key: other[key] for key in ("status", "www_authenticate")}
        place = (other["method"], other["path"])
        for call in calls:
            if (call.method, call.path) == place and call.auth in other["auth"]:
                fixed[call.number] = replace(call, **refused, content_type=None, body="")
    return Recording(calls, fixed)
