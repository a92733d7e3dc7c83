"""A Kestra made of a table of answers, which remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import httpx
from packaging.version import Version

from kestra_provision.kestra.client import Kestra

Answer = httpx.Response | httpx.HTTPError
CREATED = "2026-01-02T03:04:05.123456789Z"
ENDED = "2026-01-02T03:04:07.623456789Z"


def execution(key: str = "abc", state: str = "CREATED", **more: Any) -> dict[str, Any]:
    """As the API tells it."""
    end = {"endDate": ENDED} if state in ("SUCCESS", "WARNING", "FAILED", "KILLED") else {}
    return {
        "id": key,
        "namespace": "team",
        "flowId": "flow",
        "flowRevision": 2,
        "state": {"current": state, "startDate": CREATED, **end},
        **more,
    }


def line(
    message: str, level: str = "INFO", time: str = CREATED, task: str = "say"
) -> dict[str, Any]:
    """One of a log."""
    return {"timestamp": time, "level": level, "taskId": task, "message": message}


class Server:
    """+ answers: in turn, by the method and the beginning of the path; the last one stays"""

    def __init__(self, answers: dict[str, Any], version: str = "1.3.39") -> None:
        self.answers = {
            key: [*found] if isinstance(found, list) else [found] for key, found in answers.items()
        }
        self.version = version
        self.asked: list[httpx.Request] = []

    @property
    def lines(self) -> list[str]:
        """Method and path of each request, without the prefix."""
        return [f"{each.method} {self._path(each)}" for each in self.asked]

    def client(self) -> Kestra:
        """What the package talks through."""
        http = httpx.Client(base_url="http://kestra", transport=httpx.MockTransport(self))
        return Kestra(http, Version(self.version))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/configs":
            return httpx.Response(200, json={"version": self.version})
        self.asked.append(request)
        line = f"{request.method} {self._path(request)}"
        key = max((k for k in self.answers if line.startswith(k)), key=len, default="")
        if not key:
            return httpx.Response(404, json={"message": "Not Found"})
        waiting = self.answers[key]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @staticmethod
    def _path(request: httpx.Request) -> str:
        raw = request.url.raw_path.decode().partition("?")[0]
        return raw.removeprefix("/api/v1").removeprefix("/main")


def pages(found: Iterable[dict[str, Any]], size: int) -> Callable[[httpx.Request], httpx.Response]:
    """Answers a search page by page."""
    all_of_them = [*found]

    def answer(request: httpx.Request) -> httpx.Response:
        at = (int(request.url.params["page"]) - 1) * size
        return httpx.Response(200, json={"results": all_of_them[at : at + size], "total": 0})

    return answer
