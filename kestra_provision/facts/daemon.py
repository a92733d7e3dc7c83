"""Docker's daemon: what its file says and whether the running one has read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split

DAEMON_JSON = "/etc/docker/daemon.json"


@dataclass(frozen=True)
class DaemonState:
    """`config` is None when the file is not valid JSON; `stale` when the daemon has not read it."""

    config: dict[str, Any] | None
    running: bool
    stale: bool
    live_restore: bool
    log_driver: str


class Daemon(FactBase[DaemonState]):
    """`daemon.json`, and the live daemon's own account of itself.

    `docker info` does not tell the log options, so a file younger than the daemon's pid file
    counts as unread: that holds whoever wrote it, and survives a run killed in between.
    """

    def command(self) -> str:
        return script(
            section("file", f"cat {DAEMON_JSON}"),
            section("stale", f"[ {DAEMON_JSON} -nt /run/docker.pid ] && echo yes"),
            section("info", "docker info --format '{{.LiveRestoreEnabled}} {{.LoggingDriver}}'"),
        )

    @staticmethod
    def default() -> DaemonState:
        return DaemonState({}, running=False, stale=False, live_restore=False, log_driver="")

    def process(self, output: list[str]) -> DaemonState:
        seen = split(output)
        live = [*first(seen.get("info")).split(), "", ""][:2]
        return DaemonState(
            config=parse_daemon_json("\n".join(seen.get("file", []))),
            running=live[0] in ("true", "false"),
            stale=first(seen.get("stale")) == "yes",
            live_restore=live[0] == "true",
            log_driver=live[1],
        )


def parse_daemon_json(text: str) -> dict[str, Any] | None:
    """The configuration, empty for an absent or empty file; None when it is no JSON object."""
    if not text.strip():
        return {}
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
