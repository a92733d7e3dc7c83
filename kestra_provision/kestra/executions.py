"""Executions that are under way, and the wait for their end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from packaging.version import Version
from pyinfra.api.host import Host

from kestra_provision.kestra.client import running_version
from kestra_provision.remote.http import http_client
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.versions import api_prefix, kestra_version
from kestra_provision.text.words import plural

#: What works now or is about to, in the order in which an execution goes through them: one that
#: goes on between two questions is seen twice, and not missed. One that is paused or queued waits
#: by itself, and a restart changes nothing for it.
UNDER_WAY = ("CREATED", "RESTARTED", "RUNNING", "KILLING")
#: The search took lists of filters with the same version that put tenants into the path.
FILTERS_SINCE = Version("0.23")
#: Most that are listed by name.
_MOST = 25
_PAUSE = 2.0
_REPEAT = 15.0


@dataclass(frozen=True)
class Execution:
    """+ flow: with its namespace"""

    id: str
    flow: str
    state: str
    since: str

    def __str__(self) -> str:
        return f"{self.flow} {self.id}, {self.state} since {self.since}"


@dataclass(frozen=True)
class UnderWay:
    """How many there are, and the first of them."""

    total: int
    listed: tuple[Execution, ...] = ()


def under_way(host: Host, settings: Settings, env: HostEnv) -> UnderWay:
    """Asks the API; raises `httpx.HTTPError` or `ValueError` when it does not tell."""
    ours = (settings.basic_auth_username, env.secrets.get(passwords.BASIC_AUTH, ""))
    total, listed = 0, dict[str, Execution]()
    with http_client(host, settings.http_port, settings.local_address) as client:
        client.auth = httpx.BasicAuth(*ours)
        version = running_version(client.get("/api/v1/configs")) or kestra_version(
            settings.kestra_image
        )
        filtered = version is None or version >= FILTERS_SINCE
        for state in UNDER_WAY:
            wanted = "filters[state][EQUALS]" if filtered else "state"
            answer = client.get(
                f"{api_prefix(version)}/executions/search",
                params={wanted: state, "size": str(_MOST)},
            )
            answer.raise_for_status()
            found, before = answer.json(), len(listed)
            # An older or newer server may not know the filter and answer with all there are.
            right = [e for e in found["results"] if e["state"]["current"] == state]
            total += int(found["total"]) if len(right) == len(found["results"]) else len(right)
            listed |= {str(e["id"]): _execution(e) for e in right}
            total -= before + len(right) - len(listed)
    return UnderWay(total, tuple(listed.values())[:_MOST])


def _execution(found: dict[str, Any]) -> Execution:
    state = found["state"]
    since = str(state.get("startDate", ""))[:19].replace("T", " ")
    return Execution(
        str(found["id"]), f"{found['namespace']}.{found['flowId']}", state["current"], since
    )


def drain(
    look: Callable[[], UnderWay],
    timeout: float,
    say: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
) -> UnderWay:
    """Looks again until none is under way or the time is up; returns what is left.

    + look: asks once
    + timeout: seconds
    + say: takes one line when the number changes, and now and then while it does not
    """
    start = time.monotonic()
    said, said_at = -1, 0.0
    while True:
        seen = look()
        waited = time.monotonic() - start
        if seen.total == 0 or waited >= timeout:
            return seen
        if seen.total != said or waited - said_at >= _REPEAT:
            say(
                f"waiting for {plural(seen.total, 'execution')} to end "
                f"({waited:.0f} of {timeout:.0f} s): "
                f"{', '.join(e.flow for e in seen.listed[:5])}"
            )
            said, said_at = seen.total, waited
        pause(_PAUSE)
