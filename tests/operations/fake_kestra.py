"""A Kestra and its host for the tests of health: what they answer, and what they were asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from kestra_provision.facts.health import Health, HostHealth
from kestra_provision.health.verdict import Verdict, observe
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Settings, passwords
from tests.health_seen import WELL
from tests.operations.fake_host import Answer, FakeHost

DB_PASSWORD, API_PASSWORD = "db-Password-1", "api-Password-1"
ENV = f"600 0 0\n{passwords.DB}={DB_PASSWORD}\n{passwords.BASIC_AUTH}={API_PASSWORD}\n."
OURS = httpx.BasicAuth("admin@kestra.local", API_PASSWORD)
SETTINGS = Tools()
Reply = httpx.Response | Exception
#: Every check of a healthy stack, in order.
ALL = [
    "container tools-kestra-postgres",
    "connections",
    "database login",
    "container tools-kestra",
    "Kestra's ports",
    "health",
    "API without credentials",
    "API with wrong credentials",
    "API with ours",
    "executions",
]


@dataclass
class FakeKestra:
    """Kestra's API: what it answers, and what it was asked."""

    version: Any = "1.3.39"
    users: dict[str, str] = field(default_factory=lambda: {"admin@kestra.local": API_PASSWORD})
    api: Callable[[httpx.Request], Reply] | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.url.port}{request.url.path}")
        reply = self.api(request) if self.api else self._answer(request)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _answer(self, request: httpx.Request) -> httpx.Response:
        known = {httpx.BasicAuth(u, p)._auth_header for u, p in self.users.items()}
        if self.users and request.headers.get("Authorization") not in known:
            return httpx.Response(401)
        if request.url.path == "/api/v1/configs":
            return httpx.Response(200, json={"version": self.version})
        return httpx.Response(200, json={"results": []})


def host_with(seen: HostHealth = WELL, *, env: Answer = (True, ENV, "")) -> FakeHost:
    return FakeHost({Health: seen}, {"stat -c": env})


def look(host: FakeHost | None = None, settings: Settings = SETTINGS) -> Verdict:
    return observe((host or host_with()).as_host, settings)


def names(verdict: Verdict) -> list[str]:
    return [check.name for check in verdict.checks]
