"""Where Kestra of a host can be asked now, and as whom: as it runs, not as it is declared.

A run that changes its port or its administrator finds the old ones until Kestra was made anew.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host

from kestra_provision.remote.shell import run_quietly
from kestra_provision.secrets.env import read_env
from kestra_provision.services.kestra import UI
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.addresses import bracketed, reached
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.stack.stack import Stack

Login = tuple[str, str]
#: Docker's words for a container in which something lives.
_LIVE = ("running", "restarting", "paused")
_FORMAT = (
    '{"status":{{json .State.Status}},"pid":{{.State.Pid}},"restarts":{{.RestartCount}},'
    '"health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}},'
    '"ports":{{json .NetworkSettings.Ports}}}'
)
#: So many restarts are a loop, which no patience ends.
_LOOP = 3


@dataclass(frozen=True)
class Access:
    """A server as it is now.

    + status, health: Docker's words; `missing` for no container, `unknown` when it does not tell
    + address, port: of the host, where its API listens; None where no port of it is published
    + logins: the one it was started with, then the one of the host's `.env` and the inventory
    + restarts: since it was made
    + cut_off: what it needs at any time does not run
    """

    status: str
    health: str = ""
    address: str = ""
    port: int | None = None
    logins: tuple[Login, ...] = ()
    restarts: int = 0
    cut_off: bool = False

    @property
    def lives(self) -> bool:
        """False only when Docker is certain that nothing of it runs."""
        return self.status in (*_LIVE, "unknown")

    @property
    def starts(self) -> bool:
        """It is about to answer."""
        if self.status == "restarting":
            return self.restarts < _LOOP and not self.cut_off
        return (self.status, self.health) == ("running", "starting") and not self.cut_off

    @property
    def unwell(self) -> bool:
        """Nobody need expect an answer soon."""
        return self.cut_off or self.health == "unhealthy" or self.status != "running"


def look(host: Host, settings: Settings, stack: Stack) -> Access:
    """Asks Docker in a quiet channel: the answer has a secret. Another one is for `.env`."""
    told = run_quietly(host, StringCommand(_command(stack))).stdout
    needed, _, told = told.partition("\n")
    first, _, configuration = told.partition("\n")
    try:
        seen, running = json.loads(first), int(needed)
    except ValueError:
        return Access("unknown")
    address, port = _listens(seen.get("ports"))
    logins = [_login(configuration), _declared(host, settings)]
    return Access(
        seen["status"],
        seen.get("health", ""),
        address,
        port,
        tuple(dict.fromkeys(login for login in logins if login)),
        seen.get("restarts", 0),
        running < len(stack.held(stack.main)),
    )


def _command(stack: Stack) -> str:
    """By label: the container may have another name than the declared one."""
    ask = f"docker ps --filter {_label('project', stack.project)}"
    kestra = f"--filter {_label('service', stack.main.name)}"
    needed = "; ".join(
        f"{ask} -q --filter status=running --filter {_label('service', need)}"
        for need in stack.held(stack.main)
    )
    # Through the container's own root, as `facts.stack` does: what it sees.
    mounted = stack.main.configuration
    show = f'cat "/proc/$pid/root{mounted.mount}"' if mounted else ":"
    text = f"""{{ {needed or ":"}; }} | wc -l
ids=$({ask} -q {kestra}) || exit 0
[ "$ids" ] || ids=$({ask} -aq {kestra}) || exit 0
set -- $ids
[ $# != 0 ] || {{ echo '{{"status":"missing"}}'; exit 0; }}
told=$(docker inspect --type container --format {shlex.quote(_FORMAT)} "$1") || exit 0
printf '%s\\n' "$told"
pid=${{told#*'"pid":'}}
pid=${{pid%%,*}}
[ "$pid" = 0 ] || {show}
exit 0"""
    return f"sh -c {shlex.quote(text)}"


def _label(key: str, value: str) -> str:
    return shlex.quote(f"label=com.docker.compose.{key}={value}")


def _listens(ports: Mapping[str, Any] | None) -> tuple[str, int | None]:
    for bound in (ports or {}).get(f"{UI}/tcp") or ():
        return bracketed(reached(bound["HostIp"] or "0.0.0.0")), int(bound["HostPort"])
    return "", None


def _login(configuration: str) -> Login | None:
    """What the mounted `application.yaml` says."""
    try:
        auth = yaml.safe_load(configuration)["kestra"]["server"]["basic-auth"]
        return str(auth["username"]), str(auth["password"])
    except (yaml.YAMLError, KeyError, TypeError):
        return None


def _declared(host: Host, settings: Settings) -> Login | None:
    try:
        secrets = read_env(host, settings.root_dir).secrets
    except EnvFileError:
        return None
    password = secrets.get(passwords.BASIC_AUTH)
    return (settings.basic_auth_username, password) if password else None
