"""Stacks of other sizes than today's: four services of which three need a database, and one alone.

Their templates are the tests' own. A question of theirs says what a file of the test says, and
`docker` keeps the state of containers in files; a restart mends what a question said.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render import template
from kestra_provision.stack.configuration import marked
from kestra_provision.stack.service import Database, Port, Secret, Service
from kestra_provision.stack.sizing import Share
from kestra_provision.stack.stack import Stack
from tests.unit.host_files import installed

SETTINGS = Tools(container_name="kestra", postgres_container_name="postgres")
_COMPOSE = """  {{ service.name }}:
    image: {{ service.image | tojson }}
    container_name: {{ service.container | tojson }}
    environment:
{% for secret in service.secrets %}
      {{ secret.inside }}: "x:${{ "{" }}{{ secret.name }}:?is missing in .env}@$$"
{% endfor %}
    depends_on:
{% for need in service.needs %}
      {{ need }}: {condition: service_healthy}
{% endfor %}
    networks: [internal]
    labels: *labels
"""
_QUESTION = """
answers_{{ service.name }}() {
    read -r state detail 2>/dev/null <"{{ stack.root }}/says.{{ service.name }}" || detail="answers"
    [ "$state" = running ]
}
"""
_DOCKER = """#!/bin/bash
here=${0%/*}
say() { echo "$*" >>"$here/calls"; }
is() {
    # At once: who waits for its end looks meanwhile.
    echo "$1" >"$here/new.$2" && mv "$here/new.$2" "$here/state.$2" && rm -f "$here/../says.$2"
}
name=${!#}
case $1 in
    version) echo 27 ;;
    ps) cat "$here/others" 2>/dev/null ;;
    inspect)
        [ ! -e "$here/silent" ] || { echo 'Error response from daemon: no space' >&2; exit 1; }
        state=$(cat "$here/state.$name") || exit 1
        case "$*" in
            *StopTimeout*) echo 60 ;;
            *slice*) echo 0123456789ab ;;
            *)
                mark=$(cat "$here/mark")
                echo "$state|healthy|0|0|false|2020-01-01T00:00:00Z|0|0|$mark|{}"
                ;;
        esac
        ;;
    compose)
        [ "$2" != version ] || exit 0
        services=("${@:11}")
        say up "${services[@]}"
        [ ${#services[@]} -gt 0 ] || services=($(cat "$here/services"))
        for service in "${services[@]}"; do is running "$service"; done
        ;;
    stop) say stop "$name"; is exited "$name" ;;
    unpause) say unpause "$name"; is running "$name" ;;
esac
"""


def four() -> Stack:
    """PostgreSQL, which n8n and Kestra need, and a sidecar that needs n8n."""
    today = stack_of(SETTINGS)
    database = Database("postgres", 5432, "n8n_d", "n8n_u", "N8N_DB_PASSWORD")
    n8n = Service(
        name="n8n",
        title="n8n",
        image="n8nio/n8n:1",
        image_setting="n8n_image",
        container="n8n",
        container_setting="n8n_container_name",
        networks=frozenset({today.internal}),
        memory=Share("n8n_memory_mb", None, divisor=8, least=256),
        stop_grace=30,
        needs=("postgres",),
        ports=(Port(5678, "UI", 5679, "0.0.0.0", "n8n_port", "N8N_PORT"),),
        database=database,
        environment={"N8N_PORT": "5679"},
        secrets=(Secret("N8N_DB_PASSWORD", "DB_POSTGRESDB_PASSWORD"),),
    )
    sidecar = replace(
        n8n,
        name="sidecar",
        title="Sidecar API",
        container="sidecar",
        needs=("n8n",),
        ports=(),
        database=None,
        environment={},
        secrets=(),
    )
    services = (today["postgres"], n8n, sidecar, today["kestra"])
    return replace(today, name="devorch", services=services)


def alone() -> Stack:
    """Kestra without a server for its data."""
    today = stack_of(SETTINGS)
    kestra = replace(today["kestra"], needs=(), database=None)
    return replace(today, name="quick", services=(kestra,))


def templates(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own ones, and the project's behind them."""
    for name in ("n8n", "sidecar"):
        fragment = folder / f"services/{name}/compose.yaml.j2"
        fragment.parent.mkdir(parents=True)
        fragment.write_text(_COMPOSE)
    questions = folder / "questions"
    questions.mkdir()
    for name in ("kestra", "postgres", "n8n", "sidecar"):
        (questions / f"{name}.sh.j2").write_text(_QUESTION)
    with (questions / "postgres.sh.j2").open("a") as text:
        text.write('login_postgres() { state=running; echo "login $*" >>"$root/bin/calls"; }\n')
    monkeypatch.setattr(template, "TEMPLATES", (folder, template.TEMPLATES))


class Host:
    """A host of files with the scripts of a stack; all its containers are as the test says."""

    def __init__(self, folder: Path, stack: Stack, **states: str) -> None:
        self.root = installed(SETTINGS, folder, stack)
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.program("docker", _DOCKER)
        self.program("iptables-save", "#!/bin/sh\nexit 1\n")
        self.program("ss", f"#!/bin/sh\ncat {self.bin}/listening 2>/dev/null\n")
        names = [service.name for service in stack.services]
        (self.bin / "services").write_text(" ".join(names))
        (self.bin / "mark").write_text(f"true/{stack.project}")
        for name in names:
            (self.bin / f"state.{name}").write_text(states.get(name, "running"))
        values = stack.environment | {secret.name: "Fake-1" for _, secret in stack.secrets}
        (self.root / ".env").write_text("".join(f"{k}={v}\n" for k, v in values.items()))
        for file in stack.configurations:
            path = folder / Path(file.path).relative_to(SETTINGS.root_dir)
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f"x: {marked(*each)}\n" for each in values.items()))

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A script below the root, or `bash -c`; what happened before is forgotten."""
        (self.bin / "calls").write_text("")
        program = self.root / command[0] if "/" in command[0] else Path(command[0])
        path = f"{self.bin}:{os.environ['PATH']}"
        return subprocess.run(
            [program, *command[1:]],
            env={**os.environ, "PATH": path, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def calls(self) -> list[str]:
        """What docker was asked to change, and which logins were tried."""
        return [line.strip() for line in (self.bin / "calls").read_text().splitlines()]
