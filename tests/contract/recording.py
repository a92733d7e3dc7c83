"""The recording: what a real Kestra 0.20.7 answered, call by call."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("kestra-0.20.json")

# What the recorder sent where the recording holds no request body.
INPUT = {"who": "recorder"}
WEBHOOK_BODY = {"a": 1}
FILE_CONTENT = b"print(1)\n"


@dataclass(frozen=True)
class Call:
    """One recorded request and its answer."""

    number: int
    what: str
    port: str
    method: str
    path: str
    auth: str
    request_content_type: str | None
    request_body: str | None
    status: int
    content_type: str | None
    www_authenticate: str | None
    location: str | None
    body: str

    @property
    def name(self) -> str:
        """A short name that is unique in the recording."""
        return f"{self.number:02d}-{self.what}-{self.method}-{self.path}-{self.auth}"


def load(file: Path = FILE) -> list[Call]:
    """Return the recorded calls in their order."""
    entries = json.loads(file.read_text(encoding="utf-8"))["calls"]
    return [Call(number=number, **entry) for number, entry in enumerate(entries)]
