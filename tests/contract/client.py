"""Sends the recorded calls to a server, in their order."""

import re
import time
from dataclasses import dataclass

import httpx

from tests.contract.recording import Call
from tests.contract.replay import Actual
from tests.contract.sent import extra, token

ENDED = {"SUCCESS", "WARNING", "FAILED", "KILLED"}
#: The states to wait for before a call that looks at an execution.
_AWAITED = {
    "execution at its end": ENDED,
    "running execution": {"RUNNING"},
    "after the kill": {"KILLED"},
}
_ID = re.compile(r'"id":"(\w{18,22})"')


@dataclass(frozen=True)
class Server:
    """Where a server answers and who may log in."""

    url: str
    management_url: str
    user: str
    password: str

    def version(self) -> tuple[int, ...]:
        """Return the version the server says it is."""
        answer = httpx.get(f"{self.url}/api/v1/configs", auth=(self.user, self.password))
        answer.raise_for_status()
        text = str(answer.json()["version"]).partition("-")[0]
        return tuple(int(part) for part in text.split("."))


class Replayer:
    """Sends calls and keeps what later calls need from earlier answers."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ids: dict[str, str] = {}
        self._client = httpx.Client(timeout=60, follow_redirects=False)

    def replay(self, calls: list[Call]) -> dict[int, Actual]:
        """Send the calls; return the answers by the calls' numbers."""
        with self._client:
            return {call.number: self._send(call) for call in calls}

    def _send(self, call: Call) -> Actual:
        if call.what in _AWAITED:
            self._wait_until(call, _AWAITED[call.what])
        elif call.what == "pause":
            # Only what runs can be paused.
            key = call.path.removesuffix("/pause")
            look = Call(call.number, call.what, "GET", key, auth=call.auth)
            self._wait_until(look, {"RUNNING"})
        try:
            response = self._client.send(self._request(call))
        except httpx.LocalProtocolError as problem:
            return Actual(error=type(problem).__name__)
        self._client.cookies.clear()
        if call.what.startswith("execute") and response.status_code == 200:
            self._ids[_id(call.body)] = _id(response.text)
        headers = response.headers
        return Actual(
            response.status_code,
            headers.get("content-type"),
            headers.get("www-authenticate"),
            headers.get("location"),
            response.text,
        )

    def _request(self, call: Call) -> httpx.Request:
        server = self._server
        more = extra(call, server.url, server.user, server.password)
        headers = {"Content-Type": call.request_content_type} if call.request_content_type else {}
        if call.auth != "none":
            password = server.password if call.auth == "good" else "Wr0ngPassword"
            headers["Authorization"] = f"Basic {token(server.user, password)}"
        root = server.url if call.port == "http" else server.management_url
        url = httpx.URL(root + self._path(call)).copy_merge_params(more.query)
        content: str | None = call.request_body if more.body is None else more.body
        return self._client.build_request(
            call.method, url, headers=headers | more.headers, content=content, files=more.form
        )

    def _path(self, call: Call) -> str:
        path = call.path
        for recorded, own in self._ids.items():
            path = path.replace(recorded, own)
        return path

    def _wait_until(self, call: Call, states: set[str]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            answer = self._client.send(self._request(call)).json()
            runs = answer.get("taskRunList") or [{}]
            begun = call.what != "running execution" or runs[0].get("attempts")
            if answer.get("state", {}).get("current") in states and begun:
                return
            time.sleep(0.1)
        raise TimeoutError(f"{call.path} is not in {' or '.join(states)} within 60 s")


def _id(body: str) -> str:
    found = _ID.search(body)
    assert found, body
    return found.group(1)
