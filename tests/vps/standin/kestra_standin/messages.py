"""A request as the handlers see it, and what they answer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_NOTHING = Message()


@dataclass
class Request:
    """One HTTP request, its path template values filled in by the router."""

    method: str
    target: str
    headers: Message = field(default_factory=lambda: _NOTHING)
    body: bytes = b""
    values: dict[str, str] = field(default_factory=dict)
    #: The path to look for among the routes, where it is not the one that was asked for.
    route: str | None = None

    @property
    def path(self) -> str:
        """The path without the query, not decoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, decoded."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def href(self) -> str:
        """Path and query, decoded, as error answers repeat them."""
        return unquote(self.target)

    @property
    def content_type(self) -> str:
        """The media type of the body without its parameters."""
        return (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()

    def first(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def flag(self, name: str, default: bool) -> bool:
        """Return a query parameter as a truth value."""
        return self.first(name, str(default)).lower() == "true"

    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode("utf-8", "replace")


@dataclass
class Response:
    """Status, headers and either a whole body or a stream of chunks."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    stream: Iterable[bytes] | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200) -> "Response":
        """Answer with a JSON document."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, body, "application/json")
