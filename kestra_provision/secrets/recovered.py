"""What our containers still know when `.env` does not: secrets, and what the data was made with.

A secret is in a container's environment, or in the configuration that it reads. Of that a container
that runs has the file it was started with, which may be another one than lies on the host by now.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyinfra.api.host import Host

from kestra_provision.facts.docker import CONTAINERS, VOLUMES, inspected
from kestra_provision.facts.script import ANSWERS, Once, functions
from kestra_provision.remote.session import NoAnswerError
from kestra_provision.remote.shell import Result
from kestra_provision.run import asking
from kestra_provision.run.observation import Look, quiet_look, seen
from kestra_provision.secrets.env import HostEnv, env_path
from kestra_provision.settings import Problem
from kestra_provision.stack import configuration
from kestra_provision.stack.service import Secret
from kestra_provision.stack.stack import Stack
from kestra_provision.text.words import enumerated

_FORMAT = (
    '{"service":{{json (index .Config.Labels "com.docker.compose.service")}},'
    '"environment":{{json .Config.Env}}}'
)
#: Before a line of a configuration, with the name of its service behind it.
_CONFIGURED = "configuration of "
#: Of the containers of the host those with our label, for awk.
_OURS = '$2 == "true" && $3 == project {print $8}'


@dataclass(frozen=True)
class Remains:
    """Secrets that our containers hold, running or not, and where data is if there is any.

    Of a container that is gone the configuration may be left, which counts as if it were there, as
    long as another one or data is.

    + volume: of the database
    + file: of a service that has its data in one
    + keys: files that hold a secret in clear
    + made_with: by setting, what the data was made with, as the container of the database has it
    """

    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    volume: str = ""
    made_with: dict[str, str] = field(default_factory=dict)
    file: str = ""
    keys: frozenset[str] = frozenset()

    def better(self, env: HostEnv) -> dict[str, str]:
        """The secrets to take from the containers: missing in `.env`, or cut off there."""
        if not env.incomplete:
            return {}
        return {
            name: value
            for name, value in self.secrets.items()
            if (there := env.secrets.get(name, "")) != value and value.startswith(there)
        }

    def edited(self, env: HostEnv) -> list[str]:
        """Names of secrets that `.env` has another value of than the containers."""
        better = self.better(env)
        return [
            name
            for name, value in self.secrets.items()
            if name not in better and env.secrets.get(name, value) != value
        ]

    def lost(self, env: HostEnv, given: Mapping[str, str], bound: Iterable[Secret]) -> list[Secret]:
        """Secrets that data was made with, and that no `.env` and no container knows any more.

        + bound: all that any data is made with
        """
        known = {**given, **self.secrets, **env.secrets}
        data = bool(self.volume or self.file)
        return [
            secret
            for secret in bound
            if secret.name not in known and (secret.file in self.keys if secret.file else data)
        ]


def remains(host: Host, stack: Stack) -> Remains:
    """What our containers know, or knew when they were last looked at."""
    return seen(host, remains_look(stack))


def remains_look(stack: Stack) -> Look[Remains]:
    """The question for it, asked quietly and by no fact: secrets are in the answer."""
    volumes = [volume.name for volume in stack.volumes]
    files = [store.path for store in stack.stores]
    keys = [secret.file for secret in stack.bound if secret.file]
    ours = f"awk -F '\\t' -v project={shlex.quote(stack.project)} '{_OURS}'"
    listed = shlex.quote(f" {' '.join(volumes)} ")
    pids = inspected(stack.project, stack.containers.values())
    there = (
        f"{VOLUMES.ask} | while IFS='|' read -r v ours project folder; do "
        f'case {listed} in *" $v "*) printf \'"%s"\\n\' "$v" ;; esac; done; '
    )
    script = (
        f"{ANSWERS}; exec 2>/dev/null\n{functions(CONTAINERS, VOLUMES, pids)}"
        f"c=$({CONTAINERS.ask} | {ours}); "
        f'[ -z "$c" ] || docker_says inspect --format {shlex.quote(_FORMAT)} $c; '
        f"{''.join(_configured(stack, pids))}"
        f"{there if volumes else ''}{''.join(map(_look_for, files + keys))}exit 0"
    )

    def read(result: Result) -> Remains:
        if not result.ok:
            raise NoAnswerError(f"what our containers hold is not told: {result.stderr.strip()}")
        # Not at what Unicode takes for the end of a line: it may stand in a value.
        lines = [line for line in result.stdout.split("\n") if line]
        with asking.understood("the question what our containers hold"):
            found = [json.loads(line) for line in lines if not line.startswith(_CONFIGURED)]
        # Whoever left nothing but the file began anew.
        configured = [line for line in lines if line.startswith(_CONFIGURED)] if found else []
        containers = [container for container in found if isinstance(container, dict)]
        return Remains(
            secrets=_secrets(containers, configured, stack),
            volume=next((volume for volume in volumes if volume in found), ""),
            made_with=_made_with(containers, stack),
            file=next((file for file in files if file in found), ""),
            keys=frozenset(key for key in keys if key in found),
        )

    text = f"sh -c {shlex.quote(script)}"
    return replace(quiet_look(f"remains {stack.project}", text, read), first=True)


def lost_secrets(stack: Stack, found: Remains, lost: Sequence[Secret]) -> list[Problem]:
    """Why new secrets would be of no use, and where the old ones may still be."""
    place = f"{env_path(stack.root)} on the host"
    problems = [
        Problem(
            f"{secret.name} is in {secret.file} alone: not in .env, and no container of ours is "
            "left that knows it",
            place,
            "put the old file back, or that value into .env beside deploy.py; if what it encrypted "
            f"may go: {set_aside(secret)}",
        )
        for secret in lost
        if secret.file
    ]
    if names := [secret.name for secret in lost if not secret.file]:
        where = f"volume {found.volume}" if found.volume else found.file
        remove = f"docker volume rm {found.volume}" if found.volume else f"rm {found.file}"
        whose = [each.name for service in stack.services for each in service.databases]
        all_of = f", with the databases {enumerated(whose)}" if len(whose) > 1 else ""
        problems.append(
            Problem(
                f"{' and '.join(names)} of the database in {where} are nowhere: "
                "not in .env, and no container of ours is left that knows them",
                place,
                "put the old file back, or the values into .env beside deploy.py; "
                f"if the data may go{all_of}: {remove}",
            )
        )
    return problems


def started_with(stack: Stack, edited: Collection[str]) -> dict[str, str]:
    """By container, which secrets of its configuration a deploy will have changed.

    + edited: names
    """
    return {
        service.container: f"was started with another {' and '.join(names)} than .env has"
        for service in stack.services
        if (names := [name for name in service.configured if name in edited])
    }


def set_aside(secret: Secret) -> str:
    """The command after which a service makes the file of a secret anew."""
    file = shlex.quote(secret.file)
    return f"mv {file} {file}.old"


def _look_for(file: str) -> str:
    """Shell text that prints the path of a file that is there, as JSON."""
    path = shlex.quote(file)
    return f"[ ! -e {path} ] || printf '\"%s\"\\n' {path}; "


def _configured(stack: Stack, pids: Once) -> Iterator[str]:
    """Shell text that prints the lines with secrets of each configuration.

    What a container has comes after what lies on the host, and so has the last word.
    """
    for service in stack.services:
        if not service.configuration:
            continue
        pattern = shlex.quote(configuration.marks(service.configured))
        before = shlex.quote(f"s/^/{_CONFIGURED}{service.name} /")
        mount, path = service.configuration.mount, shlex.quote(service.configuration.path)
        yield (
            f"for f in {path} $({pids.ask} | while read -r kind project name pid; do "
            f'[ "$kind $project" != {shlex.quote(f"pid {stack.project}")} ] || [ "$pid" = 0 ] || '
            f"echo /proc/$pid/root{shlex.quote(mount)}; done); do "
            f'[ ! -f "$f" ] || grep -aE {pattern} "$f" | sed {before}; done; '
        )


def _secrets(
    containers: list[dict[str, Any]], configured: list[str], stack: Stack
) -> dict[str, str]:
    """Who needs another one has the last word where they differ: it logged in with what it has."""
    secrets: dict[str, str] = {}
    for service in stack.services:
        inside = {secret.name: secret.inside for secret in service.secrets if secret.inside}
        secrets |= _known(containers, service.name, inside)
        own = [each for each in configured if each.startswith(f"{_CONFIGURED}{service.name} ")]
        secrets |= configuration.found(own, service.configured)
    return secrets


def _made_with(containers: list[dict[str, Any]], stack: Stack) -> dict[str, str]:
    made: dict[str, str] = {}
    for service, each in stack.made_with:
        made |= _known(containers, service.name, {each.setting: each.inside})
    return made


def _known(
    containers: list[dict[str, Any]], service: str, names: Mapping[str, str]
) -> dict[str, str]:
    """What a service's containers have in their environment, by our name for it."""
    known: dict[str, str] = {}
    for container in containers:
        if container["service"] == service:
            variables = dict(line.split("=", 1) for line in container["environment"])
            known |= {ours: variables[name] for ours, name in names.items() if variables.get(name)}
    return known
