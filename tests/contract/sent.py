"""What the recorder sent beside method, path and credentials: the recordings do not hold it."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from tests.contract.recording import Call

WEBHOOK_BODY = {"a": 1}
ONE, TWO = b"print(1)\n", b"print(2)\n"
_STRANGER = ("x@example.com", "Wrong1234")


@dataclass(frozen=True)
class Extra:
    """A part of a request.

    + headers: more of them; `{good}`, `{wrong}` and `{url}` are filled in
    + form: fields of a multipart form, a pair of file name and content for a file
    + query: parameters to add to the path
    """

    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: str | None = None


def _values(**values: str) -> Extra:
    return Extra(form={name: (None, value) for name, value in values.items()})


def _file(content: bytes, path: str | None = None) -> Extra:
    return Extra(form={"fileContent": ("a.py", content)}, query={"path": path} if path else {})


_EXTRAS = {
    "execute": _values(who="recorder"),
    "execute and wait": _values(who="waiter"),
    "execute without its required input": _values(other="x"),
    "execute with labels": _values(must="x"),
    "execute slow": _values(must="x"),
    "execute slow again": _values(must="x"),
    "file put": _file(ONE),
    "file put again, same content": _file(ONE),
    "file put again, changed": _file(TWO),
    "file put, umlaut and blank in the name": _file(b"x", "/skripte/Übung 1.py"),
    "file put, traversal": _file(b"x", "/../../x"),
    "file put, comma in the name": _file(b"x", "/a,b.py"),
    "file put, no leading slash": _file(b"x", "top.txt"),
    "file put, empty": _file(b"", "/empty.txt"),
    "kv put JSON with ttl and description": Extra({"ttl": "PT1H", "description": "d"}),
    "authorization scheme only": Extra({"Authorization": "Basic"}),
    "authorization scheme and blank": Extra({"Authorization": "Basic "}),
    "authorization bad base64": Extra({"Authorization": "Basic !!!"}),
    "authorization no colon": Extra({"Authorization": "Basic YWJj"}),
    "authorization lower-case scheme": Extra({"Authorization": "basic {good}"}),
    "authorization bearer": Extra({"Authorization": "Bearer abc"}),
    "cookie BASIC_AUTH good": Extra({"Cookie": "BASIC_AUTH={good}"}),
    "cookie BASIC_AUTH wrong": Extra({"Cookie": "BASIC_AUTH={wrong}"}),
    "cookie good, header wrong": Extra(
        {"Cookie": "BASIC_AUTH={good}", "Authorization": "Basic {wrong}"}
    ),
    "referer login, no auth": Extra({"Referer": "{url}/ui/login"}),
}


def extra(call: Call, url: str, user: str, password: str) -> Extra:
    """Return what belongs to a recorded call beside what the recording holds.

    + url: the address of the server, without a slash at its end
    """
    found = _EXTRAS.get(call.what, Extra())
    if call.what.startswith("webhook") and call.method != "GET":
        found = Extra({"Content-Type": "application/json"}, body=json.dumps(WEBHOOK_BODY))
    filled = {"good": token(user, password), "wrong": token(*_STRANGER), "url": url}
    headers = {name: value.format(**filled) for name, value in found.headers.items()}
    return Extra(headers, found.form, found.query, found.body)


def token(user: str, password: str) -> str:
    """Return a pair as basic auth sends it."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()
