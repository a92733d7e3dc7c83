"""Tasks in containers, as far as a provisioner makes that possible: whom Docker lets in, and where.

Kestra's own way to it: the socket of the host where it is there, else the one beside it.
"""

import http.client
import json
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import quote

HOSTS = ("/var/run/docker.sock", "/dind/docker.sock")
#: What Kestra takes where a task names none.
IMAGE = "ubuntu"


class DockerError(OSError):
    """What Docker says, or why it is not reached."""


class Placed(Protocol):
    """Has a folder for those of tasks."""

    folder: str


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def run(task: dict[str, Any], command: list[str], control: "Placed") -> tuple[int, list[str]]:
    """Run a command in a container of its own; return its exit code and what it said.

    Nothing of this server's environment is inherited there.
    """
    with TemporaryDirectory(dir=control.folder) as folder:
        return _run(task, command, folder)


def _run(task: dict[str, Any], command: list[str], folder: str) -> tuple[int, list[str]]:
    runner = task.get("taskRunner", {})
    path = str(runner.get("host", "")).removeprefix("unix://")
    path = path or next((host for host in HOSTS if Path(host).exists()), HOSTS[-1])
    image = str(task.get("containerImage") or IMAGE)
    if _ask(path, "GET", f"/images/{quote(image)}/json", missing=True) is None:
        _ask(path, "POST", f"/images/create?fromImage={quote(image, safe='')}")
    mounts = [f"{folder}:{folder}"] if runner.get("fileHandlingStrategy") == "MOUNT" else []
    asked = {
        "Image": image,
        "Entrypoint": [""],
        "Cmd": command,
        "Env": [f"{name}={value}" for name, value in (task.get("env") or {}).items()],
        "WorkingDir": folder,
        "User": str(runner.get("user", "")),
        "Tty": True,
        "HostConfig": {"Binds": mounts, "NetworkMode": runner.get("networkMode", "")},
    }
    made = _ask(path, "POST", "/containers/create", asked)
    key = json.loads(made or b"{}")["Id"]
    try:
        _ask(path, "POST", f"/containers/{key}/start")
        code = json.loads(_ask(path, "POST", f"/containers/{key}/wait") or b"{}")["StatusCode"]
        said = _ask(path, "GET", f"/containers/{key}/logs?stdout=1&stderr=1") or b""
    finally:
        _ask(path, "DELETE", f"/containers/{key}?force=1&v=1")
    return int(code), said.decode(errors="replace").splitlines()


def _ask(
    path: str, method: str, url: str, body: dict[str, Any] | None = None, missing: bool = False
) -> bytes | None:
    """The answer; None where it may be missing and is."""
    connection = _Connection(path)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, url, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
    except OSError as problem:
        raise DockerError(f"java.io.IOException: {problem.strerror} ({path})") from problem
    finally:
        connection.close()
    if missing and answer.status == 404:
        return None
    if answer.status >= 400:
        raise DockerError(f"Status {answer.status}: {said.decode(errors='replace')}")
    return said
