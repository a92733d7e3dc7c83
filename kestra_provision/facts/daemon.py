"""Docker's daemon: what its file says and whether the running one has read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.facts.docker import DOCKERD_FLAGS, INFO, info
from kestra_provision.facts.rules import LOST_RULES
from kestra_provision.facts.script import first, script, section, split


@dataclass(frozen=True)
class DaemonState:
    """`config` is None when the file is not valid JSON; `stale` when the daemon has not read it.

    `loose` means that others than root could change it. `active` and `enabled` are the service's:
    whether it runs now, and after a boot; `flags` are what it is started with (`DOCKERD_FLAGS`),
    `lost_rules` are those of its packet filter that are gone while it runs.
    """

    config: dict[str, Any] | None
    running: bool
    stale: bool
    live_restore: bool
    log_driver: str
    loose: bool = False
    swarm: bool = False
    flags: frozenset[str] = frozenset()
    lost_rules: tuple[str, ...] = ()
    active: bool = False
    enabled: bool = False


#: By whichever runs the services: systemd, or the scripts of /etc/init.d.
_ACTIVE = (
    "if [ -d /run/systemd/system ]; then systemctl is-active docker.service; "
    "else service docker status > /dev/null && echo active; fi"
)
_ENABLED = (
    "if [ -d /run/systemd/system ]; then systemctl is-enabled docker.service; "
    "else ls /etc/rc2.d/S??docker > /dev/null && echo enabled; fi"
)


class Daemon(FactBase[DaemonState]):
    """`daemon.json`, and the live daemon's own account of itself.

    `docker info` does not tell the log options, so a file younger than the daemon's pid file
    counts as unread: that holds whoever wrote it, and survives a run killed in between.
    """

    def command(self) -> str:
        return script(
            section("active", _ACTIVE),
            section("enabled", _ENABLED),
            section("file", f"cat {DAEMON_JSON}"),
            # The time of change and not of writing: a file moved into place keeps the latter.
            section("stale", f"find {DAEMON_JSON} -newercm /run/docker.pid"),
            section("access", f"stat -c '%a %u' {DAEMON_JSON}"),
            section("info", INFO.ask),
            section("flags", DOCKERD_FLAGS.ask),
            section("rules", LOST_RULES.ask),
            asks=(INFO, DOCKERD_FLAGS, LOST_RULES),
        )

    @staticmethod
    def default() -> DaemonState:
        return DaemonState({}, running=False, stale=False, live_restore=False, log_driver="")

    def process(self, output: list[str]) -> DaemonState:
        seen = split(output)
        told = info(seen.get("info", []))
        live = [*told.get("daemon", "").split(" "), "", "", ""][:3]
        running = bool(told.get("server"))
        return DaemonState(
            config=parse_daemon_json("\n".join(seen.get("file", []))),
            running=running,
            lost_rules=tuple(r for r in seen.get("rules", []) if r) if running else (),
            stale=bool(first(seen.get("stale"))),
            loose=_is_loose(first(seen.get("access"))),
            live_restore=live[0] == "true",
            log_driver=live[1],
            swarm=live[2] == "active",
            flags=frozenset(seen.get("flags", [])) - {""},
            active=first(seen.get("active")) == "active",
            enabled=first(seen.get("enabled")) == "enabled",
        )


def _is_loose(access: str) -> bool:
    """True when others than root own the file or may write it: who can is root on the host."""
    if not access:
        return False
    mode, uid = access.split()
    return bool(int(mode, 8) & 0o022) or uid != "0"


def parse_daemon_json(text: str) -> dict[str, Any] | None:
    """The configuration, empty for an absent or empty file; None when dockerd could not read it."""
    if not text.strip():
        return {}
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("log-opts") or {}, dict):
        return None
    return parsed
