"""Sends the recorded calls to a server, in their order."""

import json
import time
from dataclasses import dataclass

import httpx

from tests.contract.recording import FILE_CONTENT, INPUT, WEBHOOK_BODY, Call
from tests.contract.replay import Actual

ENDED = {"SUCCESS", "WARNING", "FAILED", "KILLED"}


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
    """Sends calls and keeps what later calls need from earlier answers.

    + server: the server to ask
    + prefix: what to put in place of `/api/v1` before the resources, for newer servers
    """

    def __init__(self, server: Server, prefix: str = "/api/v1") -> None:
        self._server = server
        self._prefix = prefix
        self._ids: dict[str, str] = {}
        self._client = httpx.Client(timeout=30, follow_redirects=False)

    def replay(self, calls: list[Call]) -> dict[int, Actual]:
        """Send the calls; return the answers by the calls' numbers."""
        with self._client:
            return {call.number: self._send(call) for call in calls}

    def _send(self, call: Call) -> Actual:
        if call.what == "execution at its end":
            self._wait_for_the_end(call)
        response = self._client.send(self._request(call))
        if call.what == "execute" and response.status_code == 200:
            self._ids[json.loads(call.body)["id"]] = response.json()["id"]
        headers = response.headers
        return Actual(
            response.status_code,
            headers.get("content-type"),
            headers.get("www-authenticate"),
            headers.get("location"),
            response.text,
        )

    def _request(self, call: Call) -> httpx.Request:
        headers = {"Content-Type": call.request_content_type} if call.request_content_type else {}
        if call.auth != "none":
            password = self._server.password if call.auth == "good" else "Wr0ngPassword"
            credentials = httpx.BasicAuth(self._server.user, password)
            probe = httpx.Request("GET", self._server.url)
            headers["Authorization"] = next(credentials.auth_flow(probe)).headers["Authorization"]
        root = self._server.url if call.port == "http" else self._server.management_url
        url = f"{root}{self._path(call)}"
        files = data = None
        content: str | None = call.request_body
        if call.what.startswith("webhook"):
            headers["Content-Type"] = "application/json"
            content = json.dumps(WEBHOOK_BODY)
        elif call.what == "execute":
            files = {name: (None, value) for name, value in INPUT.items()}
        elif call.what == "file put":
            data = {"fileContent": ("a.py", FILE_CONTENT)}
        return self._client.build_request(
            call.method, url, headers=headers, content=content, files=files or data
        )

    def _path(self, call: Call) -> str:
        path = call.path
        for recorded, own in self._ids.items():
            path = path.replace(recorded, own)
        global_paths = ("/api/v1/configs", "/api/v1/plugins", "/api/v1/health")
        if path.startswith("/api/v1/") and path not in global_paths:
            return self._prefix + path.removeprefix("/api/v1")
        return path

    def _wait_for_the_end(self, call: Call) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            body = self._client.send(self._request(call)).text
            if json.loads(body).get("state", {}).get("current") in ENDED:
                return
            time.sleep(0.2)
        raise TimeoutError(f"{call.path} did not end within 60 s")
