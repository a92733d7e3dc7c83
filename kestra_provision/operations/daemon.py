"""Docker's daemon: its configuration file, and the running daemon that must have read it."""

from __future__ import annotations

import json
from collections.abc import Collection, Generator, Mapping
from typing import Any

from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand, StringCommand

from kestra_provision.commands.files import set_owner_and_mode, temporary, write_file
from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.docker.proxy import MARK as PROXY_MARK
from kestra_provision.facts.daemon import Daemon, DaemonState
from kestra_provision.facts.docker import DAEMON_SAYS, VALIDATE
from kestra_provision.run import ahead
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.settings.shown import guarded
from kestra_provision.text.difference import MISSING
from kestra_provision.text.words import enumerated

#: Containers outlive a restart of the daemon, and their logs cannot fill the disk.
LIVE_RESTORE = {"live-restore": True}
LOG_ROTATION = {"max-size": "10m", "max-file": "3"}
#: Log drivers that know the options above; with another driver dockerd would refuse to start.
_ROTATING = ("json-file", "local")
#: What systemd says names a command that tells; the daemon's own words are wanted.
_TELL_WHY = f"{{ {{ {DAEMON_SAYS}; }} >&2; exit 1; }}"


def merged(
    config: dict[str, Any],
    proxies: Mapping[str, str] | None = None,
    swarm: bool = False,
    flags: Collection[str] = (),
) -> dict[str, Any]:
    """The operator's configuration with ours added; a log driver of their own is left alone.

    + proxies: as `daemon_proxies` tells them; without any, those we wrote earlier are removed
    + swarm: whether the host is a Swarm node, on which dockerd refuses to start with live-restore
    + flags: what it is started with; it starts with nothing that its file says as well
    """
    result = _with_proxies(config, proxies or {})
    if not (swarm or "live-restore" in flags):
        result = result | LIVE_RESTORE
    logs = {"log-driver", "log-opt"}.isdisjoint(flags)
    if logs and config.get("log-driver", "json-file") in _ROTATING:
        result["log-driver"] = config.get("log-driver", "json-file")
        result["log-opts"] = {**LOG_ROTATION, **(config.get("log-opts") or {})}
    return result


def _with_proxies(config: dict[str, Any], proxies: Mapping[str, str]) -> dict[str, Any]:
    """JSON has no comments, so a label of the daemon marks the proxies as ours."""
    labels = config.get("labels", [])
    if not proxies and PROXY_MARK not in labels:
        return config
    result = {key: value for key, value in config.items() if key not in ("proxies", "labels")}
    labels = [label for label in labels if label != PROXY_MARK]
    if proxies:
        result["proxies"] = dict(proxies)
        labels.append(PROXY_MARK)
    return {**result, "labels": labels} if labels else result


def unread(state: DaemonState) -> bool:
    """True when the live daemon does not run with what its file says."""
    config, flags = state.config or {}, state.flags
    live_restore = bool(config.get("live-restore", False)) or "live-restore" in flags
    driver = config.get("log-driver", "json-file")
    return (
        state.stale
        or (state.live_restore != live_restore and not state.swarm)
        or (state.log_driver != driver and "log-driver" not in flags)
    )


def _shown(config: Mapping[str, Any], key: str) -> str:
    """No password in the address of a proxy, and no token of a log driver."""
    if key not in config:
        return MISSING
    return "set" if key == "proxies" else guarded(json.dumps(config[key]))


#: Packages that bring the service.
_ENGINES = {"docker-ce", "docker.io"}


@operation()
def configured(proxies: Mapping[str, str] | None = None) -> Generator[PyinfraCommand]:
    """Adds log rotation, live-restore and proxies to `daemon.json`, keeping every other key.

    + proxies: as `daemon_proxies` tells them, if any

    pyinfra has no operation that merges JSON. A file that is no JSON object is refused, not
    overwritten: somebody's settings are in it.
    """
    state = observed(host, Daemon)
    if state.config is None:
        yield Failure(f"{DAEMON_JSON} is not a JSON object; mend it on the host, then run again")
        return
    wanted = merged(state.config, proxies, state.swarm, state.flags)
    if wanted == state.config:
        if state.loose:
            differs(host, DAEMON_JSON, "mode 644, root's", "another mode or owner")
            ahead.of(host).paths.add(DAEMON_JSON)
            yield set_owner_and_mode(DAEMON_JSON, mode="644", uid=0, gid=0)
        host.noop(f"{DAEMON_JSON} holds log rotation and live-restore")
        return
    for key in sorted(wanted.keys() | state.config.keys()):
        if wanted.get(key) != state.config.get(key):
            differs(host, f"{DAEMON_JSON}: {key}", _shown(wanted, key), _shown(state.config, key))
    text = json.dumps(wanted, indent=2) + "\n"
    ahead.of(host).files[DAEMON_JSON] = text
    ahead.of(host).closed.add(DAEMON_JSON)  # most of it is somebody else's
    yield StringCommand("install -d -m 755 /etc/docker")
    new = temporary(DAEMON_JSON)
    # Without Docker there is nothing to ask yet.
    check = f"! dockerd --help 2>/dev/null | grep -q -- --validate || {VALIDATE} {new}"
    yield write_file(DAEMON_JSON, text, mode="644", uid=0, gid=0, check=check)


@operation()
def started(systemd: bool) -> Generator[StringCommand]:
    """Starts the service where it does not run, and makes it start after a boot.

    + systemd: whether systemd runs the daemon

    pyinfra's `systemd.service` and `sysvinit.service` cost two channels each and do not say
    which of the two was wrong.
    """
    state = observed(host, Daemon)
    comes = bool(ahead.of(host).packages & _ENGINES)
    ahead.of(host).docker_silent = not (state.running or comes)
    if systemd and comes:
        host.noop("the packages of Docker start its service, now and after a boot")
        return
    if not state.enabled:
        differs(host, "service docker", "starts after a boot", "does not start after a boot")
    if not state.active:
        differs(host, "service docker", "runs", "does not run")
    if not state.enabled:
        yield StringCommand(
            "systemctl enable docker.service"
            if systemd
            else "update-rc.d docker defaults && update-rc.d docker enable"
        )
    if not state.active:
        # A socket that failed with its service keeps the service from starting.
        start = (
            "systemctl reset-failed docker.socket docker.service; systemctl start docker.service"
            if systemd
            else "service docker start"
        )
        yield StringCommand(f"{start} || {_TELL_WHY}")
    host.noop("the service docker runs, now and after a boot")


@operation()
def current(systemd: bool) -> Generator[StringCommand]:
    """Restarts Docker only when the live daemon has not read its file, or lost its rules.

    + systemd: whether systemd runs the daemon

    `systemd.service(restarted=True)` restarts on each run, and a restart that hangs on this
    run's memory of a changed file is lost when the run is killed in between. The reload comes
    first because it switches live-restore on, which lets containers run on through the restart.
    """
    state = observed(host, Daemon)
    changes = ahead.touches(host, [DAEMON_JSON])
    starts = ahead.is_all(host) and not state.active  # then it reads the file as it is by then
    as_declared = state.running and not unread(state) and not state.lost_rules and not changes
    if starts or as_declared:
        host.noop("the Docker daemon runs with its configuration")
        return
    if unread(state) or changes or not state.running:
        actual = "has not read its file" if state.running else "not running"
        differs(host, "Docker's daemon", f"runs as {DAEMON_JSON} says", actual)
    if state.lost_rules:
        differs(host, "Docker's firewall rules", "there", f"gone: {enumerated(state.lost_rules)}")
    # A file of the future, as where a clock was set back, would be younger than every daemon.
    touch = f"touch -c {DAEMON_JSON}; "
    if systemd:
        # systemd refuses a third start within a minute; reset-failed forgets the earlier ones.
        restart = (
            "systemctl reload docker || true; systemctl reset-failed docker.socket docker; "
            "systemctl restart docker"
        )
    else:
        restart = "service docker reload || true; service docker restart"
    yield StringCommand(f"{touch}{restart} || {_TELL_WHY}")
