"""The recording: what a real n8n answered, wrote and ended with, and how it is asked again."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.contract.n8n_stack import PORT, N8n, N8nStack
from tests.contract.recording import Call, load
from tests.contract.replay import Actual

FILE = Path(__file__).with_name("n8n-1.123.json")
OWNER = {"email": "owner@example.com", "firstName": "A", "lastName": "B", "password": "Own3rPassw"}
WORKFLOW = {"name": "kept", "nodes": [], "connections": {}, "active": False}
SECRET = "s3cret-Header_Value"
CREDENTIAL = {
    "name": "kept",
    "type": "httpHeaderAuth",
    "data": {"name": "X-Key", "value": SECRET},
}
#: Lines that say nothing of how n8n is doing, or differ from run to run.
_NOISE = re.compile(
    r"\s|\(node:|\(Use `node|\[license SDK\]|\[MoveSsh|(Starting|Finished) migration |Registered"
    r" runner|n8n Task Broker|JS Task Runner|/usr/local/lib/|Version: |This is a stand-in|$"
)


@dataclass(frozen=True)
class Run:
    """A start that goes wrong: the exit code and what the log says."""

    what: str
    exit_code: int
    log: list[str]


def calls() -> list[Call]:
    """Return the recorded calls in their order."""
    return load(FILE.stem).calls


def runs() -> dict[str, Run]:
    """Return the recorded bad starts by their names."""
    entries = json.loads(FILE.read_text(encoding="utf-8"))["runs"]
    return {entry["what"]: Run(**entry) for entry in entries}


def told(logs: str) -> list[str]:
    """Return the lines of a log that tell something, addresses made alike."""
    lines = [line.rstrip() for line in logs.splitlines() if not _NOISE.match(line)]
    return [re.sub(r"\d+\.\d+\.\d+\.\d+", "ADDRESS", line)[:400] for line in lines]


#: Every bad start that is recorded: what is run for it.
BAD_STARTS: dict[str, Callable[[N8nStack], N8n]] = {
    "wrong password": lambda s: s.run({"DB_POSTGRESDB_PASSWORD": "wr0ng-Pw"}),
    "empty password": lambda s: s.run({"DB_POSTGRESDB_PASSWORD": ""}),
    "missing database": lambda s: s.run({"DB_POSTGRESDB_DATABASE": "none"}),
    "unknown host": lambda s: s.run({"DB_POSTGRESDB_HOST": "nowhere"}),
    "refused connection": lambda s: s.run({"DB_POSTGRESDB_PORT": "1"}),
    "missing secret file": lambda s: s.run(
        {"DB_POSTGRESDB_PASSWORD_FILE": "/run/none"}, without=["DB_POSTGRESDB_PASSWORD"]
    ),
    "another encryption key": lambda s: s.run(
        {"N8N_ENCRYPTION_KEY": "another-Key-9876543210"}, ["-v", f"{_used(s)}:/home/node/.n8n"]
    ),
    "unwritable data folder": lambda s: s.run(None, ["--tmpfs", "/home/node/.n8n:uid=0,mode=0755"]),
    "after a bad end": lambda s: s.run(
        {"DB_POSTGRESDB_DATABASE": "none"}, ["-v", f"{_used(s, kill=True)}:/home/node/.n8n"]
    ),
}


def _used(stack: N8nStack, kill: bool = False) -> str:
    """A data folder with which n8n has run once."""
    volume = stack.volume()
    server = stack.ready(None, ["-v", f"{volume}:/home/node/.n8n"])
    if kill:
        stack.stack.docker("kill", server.name)
    else:
        server.stop(grace=30)
    return volume


class Conversation:
    """Sends calls to one n8n and keeps what later ones need."""

    def __init__(self, server: N8n) -> None:
        self._server = server
        self._cookie = ""
        self._credential = ""

    def send(self, call: Call) -> Actual:
        """Send one call; `good` is the owner's cookie."""
        headers = {"Cookie": self._cookie} if call.auth == "good" else {}
        if call.request_content_type:
            headers["Content-Type"] = call.request_content_type
        path = call.path.replace("{credential}", self._credential)
        url = f"{self._server.url(PORT)}{path}"
        body = call.request_body
        answer = httpx.request(call.method, url, headers=headers, content=body, timeout=30)
        if cookie := answer.headers.get("set-cookie"):
            self._cookie = cookie.partition(";")[0]
        if call.what == "create credential":
            self._credential = answer.json()["data"]["id"]
        media = answer.headers.get("content-type", "").partition(";")[0] or None
        return Actual(answer.status_code, media, None, answer.headers.get("location"), answer.text)
