"""A Kestra that keeps flows, files and keys in memory, and the host that keeps the record."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from kestra_provision.facts.flows_record import FlowsRecord, Recorded
from kestra_provision.flows.source import names
from kestra_provision.kestra import access, client
from kestra_provision.kestra.access import Access
from tests.operations.fake_host import FakeHost

WELL = Access("running", "healthy", "127.0.0.1", 8080, (("admin@kestra.local", "Fake-1"),))
MAIN = "/api/v1/main"


@dataclass
class FakeFlows:
    """The server.

    + calls: what it was asked, but for its version
    + before: is called with each of them first; what it raises or returns is the answer
    """

    version: str = "1.3.39"
    flows: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], httpx.Response | None] = lambda call: None

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith(("GET", "POST /flows/validate"))]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == client.CONFIGS:
            return httpx.Response(200, json={"version": self.version})
        call = f"{request.method} {unquote(request.url.path).removeprefix(MAIN)}"
        self.calls.append(call)
        return self.before(call) or self._answer(request, call)

    def _answer(self, request: httpx.Request, call: str) -> httpx.Response:
        method, path = call.split(" ", 1)
        if path == "/flows/search":
            each = [dict(zip(("namespace", "id"), i.split("/"), strict=True)) for i in self.flows]
            return httpx.Response(200, json={"results": each, "total": len(each)})
        if path == "/kv":
            keys = [key for name in {*map(_namespace, self.keys)} for key in self._listed(name)]
            return httpx.Response(200, json={"results": keys, "total": len(keys)})
        if path == "/namespaces/search":
            names = [{"id": name} for name in sorted({*map(_namespace, self.flows)})]
            return httpx.Response(200, json={"results": names, "total": len(names)})
        if path == "/flows/export/by-query":
            flows = {f"{id_.replace('/', '-')}.yml": s.encode() for id_, s in self.flows.items()}
            return httpx.Response(200, content=zipped(flows))
        if path == "/flows/validate":
            return httpx.Response(200, json=_judged(request.content.decode()))
        if path.startswith("/flows"):
            return self._flow(method, path, request.content.decode())
        _, _, namespace, kind, *name = path.split("/")
        if kind == "kv":
            if not name:
                return httpx.Response(200, json=self._listed(namespace))
            return self._key(method, f"{namespace}/{name[0]}", request)
        return self._files(method, namespace, name, request)

    def _flow(self, method: str, path: str, source: str) -> httpx.Response:
        if method == "GET":
            found = self.flows.get(path.removeprefix("/flows/"))
            return httpx.Response(404 if found is None else 200, json={"source": found})
        if method == "DELETE":
            gone = self.flows.pop(path.removeprefix("/flows/"), None)
            return httpx.Response(404 if gone is None else 204)
        flow = names(source).flow
        self.flows[f"{flow.namespace}/{flow.name}"] = source
        return httpx.Response(200, json={})

    def _listed(self, namespace: str) -> list[dict[str, Any]]:
        """Keys without their values; one with a `ttl` says when it ends."""
        return [
            {
                "namespace": namespace,
                "key": name.split("/", 1)[1],
                "version": 1,
                "updateDate": "2026-01-02T03:04:05.123Z",
                **({"expirationDate": "2026-01-03T03:04:05.123Z"} if key.get("ttl") else {}),
            }
            for name, key in self.keys.items()
            if _of(name, namespace)
        ]

    def _key(self, method: str, name: str, request: httpx.Request) -> httpx.Response:
        if method == "GET":
            found = self.keys.get(name)
            return httpx.Response(200, json=found) if found else httpx.Response(404)
        if method == "DELETE":
            self.keys.pop(name, None)
        else:
            value = json.loads(request.content)
            kind = "NUMBER" if isinstance(value, int) else "STRING"
            ttl = {"ttl": told} if (told := request.headers.get("ttl")) else {}
            self.keys[name] = {"type": kind, "value": value, **ttl}
        return httpx.Response(200, json=True)

    def _files(
        self, method: str, namespace: str, rest: list[str], request: httpx.Request
    ) -> httpx.Response:
        if rest == ["export"]:
            mine = {n.split("/", 1)[1]: c for n, c in self.files.items() if _of(n, namespace)}
            return httpx.Response(200, content=zipped(mine))
        if method == "GET":
            found = self.files.get(f"{namespace}{request.url.params['path']}")
            return httpx.Response(404 if found is None else 200, content=found or b"")
        if method == "DELETE":
            self.files.pop(f"{namespace}{request.url.params['path']}", None)
        else:
            body = request.content
            packed = body[body.index(b"PK") : body.rindex(b"\r\n--")]
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                self.files |= {
                    f"{namespace}/{unquote(n)}": archive.read(n) for n in archive.namelist()
                }
        return httpx.Response(200)


def _namespace(name: str) -> str:
    return name.split("/")[0]


def _of(name: str, namespace: str) -> bool:
    return name.startswith(f"{namespace}/")


def _judged(form: str) -> list[dict[str, Any]]:
    """Each part by its place; one with `no such type` is invalid."""
    _, *each = form.split('name="flows"')
    return [
        {"index": i, "constraints": "Invalid type: nope" if "no such type" in part else None}
        for i, part in enumerate(each)
    ]


def zipped(contents: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in contents.items():
            packed.writestr(name, content)
    return archive.getvalue()


class RecordHost(FakeHost):
    """Keeps what is written to it as the record of the last sync."""

    def __init__(self) -> None:
        super().__init__({FlowsRecord: Recorded()})

    def run_shell_command(self, command: Any, **arguments: Any) -> Any:
        if "_stdin" in arguments and "flows.json" in command.get_raw_value():
            self.facts[FlowsRecord] = Recorded(arguments["_stdin"], "600 0:0")
        return super().run_shell_command(command, **arguments)


def serving(monkeypatch: pytest.MonkeyPatch, server: FakeFlows) -> None:
    """Has every client ask this server."""

    def opened(_host: object, port: int, address: str) -> httpx.Client:
        transport = httpx.MockTransport(server)
        return httpx.Client(base_url=f"http://{address}:{port}", transport=transport)

    monkeypatch.setattr(client, "http_client", opened)
    monkeypatch.setattr(access, "look", lambda *_: WELL)
