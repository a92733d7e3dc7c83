"""Containers for the contract tests: PostgreSQL once, Kestra as needed.

Kestra is a stand-in; KESTRA_IMAGE_ARCHIVE puts a real one in the place of the default version.
"""

import functools
import itertools
import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.contract.container import PASSWORD, USER, Container
from tests.vps.archive import VARIABLE, test_images
from tests.vps.engine import docker
from tests.vps.images import postgres_image, standin_image

DATABASE_PASSWORD = "k3stra-Database_Pw"
CONFIG = "/etc/kestra/application.yml"
#: The version that is deployed by default.
DEFAULT = "v1.3.39"


#: What 0.20 was recorded from.
OLD = "v0.20.7"


class Stack:
    """A network with PostgreSQL, in which servers are started."""

    def __init__(self, folder: Path) -> None:
        self.name = f"contract-{uuid.uuid4().hex[:8]}"
        self.database = f"{self.name}-postgres"
        self._folder = folder
        self._count = itertools.count()
        self._started: list[str] = []

    def new_name(self, kind: str) -> str:
        """Return a name that nothing in this stack has, whoever starts things in it."""
        return f"{self.name}-{kind}-{next(self._count)}"

    def start(self) -> None:
        """Start PostgreSQL and wait until it answers."""
        docker("network", "create", self.name)
        self.run_postgres(self.database, "postgres")

    def run_postgres(self, name: str, alias: str) -> None:
        """Start a PostgreSQL under a name of the network."""
        options = ["-e", "POSTGRES_USER=kestra", "-e", f"POSTGRES_PASSWORD={DATABASE_PASSWORD}"]
        options += ["--network", self.name, "--network-alias", alias]
        docker("run", "-d", "--name", name, *options, postgres_image())
        self._started.append(name)
        self.wait_for_postgres(name)

    def wait_for_postgres(self, name: str) -> None:
        """Wait until a PostgreSQL answers over TCP."""
        probe = ["psql", "-h", "127.0.0.1", "-U", "kestra", "-c", "select 1"]
        deadline = time.monotonic() + 60
        while docker("exec", name, *probe, check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise AssertionError(docker("logs", name).stderr)
            time.sleep(0.2)

    def sql(self, statement: str, database: str = "kestra", server: str | None = None) -> str:
        """Run one statement as the administrator and return its output."""
        command = ["psql", "-U", "kestra", "-d", database, "-At", "-c", statement]
        return docker("exec", server or self.database, *command).stdout.strip()

    def new_database(self, server: str | None = None) -> str:
        """Create an empty database and return its name."""
        name = f"db{next(self._count)}"
        self.sql(f"create database {name}", server=server)
        return name

    def configuration(self, database: str, host: str = "postgres") -> dict[str, Any]:
        """Return a configuration that works, for tests to break."""
        return {
            "datasources": {
                "postgres": {
                    "url": f"jdbc:postgresql://{host}:5432/{database}",
                    "driver-class-name": "org.postgresql.Driver",
                    "username": "kestra",
                    "password": "${DB_PASSWORD}",
                }
            },
            "kestra": {
                "repository": {"type": "postgres"},
                "queue": {"type": "postgres"},
                "storage": {"type": "local", "local": {"base-path": "/app/storage"}},
                "server": {"basic-auth": {"enabled": True, "username": USER, "password": PASSWORD}},
                "anonymous-usage-report": {"enabled": False},
            },
        }

    def run(
        self,
        configuration: Mapping[str, Any] | str | None = None,
        *,
        version: str = DEFAULT,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = ("server", "standalone", "--config", CONFIG),
    ) -> Container:
        """Start a server with a mounted configuration file."""
        name = self.new_name("standin")
        given = {"DB_PASSWORD": DATABASE_PASSWORD, "STANDIN_START_SECONDS": "0.1"}
        given |= environment or {}
        arguments = [part for key, value in given.items() for part in ("-e", f"{key}={value}")]
        if configuration is not None:
            file = self._folder / f"{name}.yml"
            # JSON is YAML, and needs no package.
            text = configuration if isinstance(configuration, str) else json.dumps(configuration)
            file.write_text(text, encoding="utf-8")
            file.chmod(0o644)
            arguments += ["-v", f"{file}:{CONFIG}:ro"]
        ports = ["-p", "127.0.0.1::8080", "-p", "127.0.0.1::8081", "--network", self.name]
        self._started.append(name)
        docker(
            "run",
            "-d",
            "--name",
            name,
            *ports,
            *arguments,
            *options,
            _image(version),
            *command,
        )
        return Container(name)

    def healthy(self, version: str = DEFAULT, **changes: Any) -> Container:
        """Start a server that works, on a database of its own."""
        configuration = self.configuration(self.new_database())
        return self.run(configuration, version=version, **changes).wait_until_healthy()

    def docker(self, *arguments: str) -> str:
        """Run the docker client and return what it printed."""
        return docker(*arguments).stdout

    def wait_for_port(self, container: Container, port: int, limit: float = 90) -> None:
        """Wait until something answers on a port inside the container's network."""
        deadline = time.monotonic() + limit
        while not container.listens(port):
            assert time.monotonic() < deadline, container.logs()
            time.sleep(0.1)

    def wait_until_closed(self, container: Container, limit: float = 60) -> None:
        """Wait until neither port answers any more."""
        deadline = time.monotonic() + limit
        while container.listens(8080) or container.listens(8081):
            assert time.monotonic() < deadline, container.logs()
            time.sleep(0.1)

    def wait_for_log(self, container: Container, text: str, limit: float = 60) -> None:
        """Wait until the container has said something."""
        deadline = time.monotonic() + limit
        while text not in container.logs():
            assert time.monotonic() < deadline, container.logs()
            time.sleep(0.1)

    def remove_servers(self) -> None:
        """Remove everything this stack started but its own PostgreSQL."""
        servers = [name for name in self._started if name != self.database]
        if servers:
            docker("rm", "--force", "--volumes", *reversed(servers), check=False)
        self._started = [name for name in self._started if name == self.database]

    def remove(self) -> None:
        """Remove everything this stack started."""
        docker("rm", "--force", "--volumes", *reversed(self._started), check=False)
        docker("network", "rm", self.name, check=False)


def _image(version: str) -> str:
    if version != DEFAULT or not os.environ.get(VARIABLE):
        return standin_image(version)
    return _brought()


@functools.cache
def _brought() -> str:
    found = test_images()
    docker("load", "--input", str(found.archive))
    return found.kestra


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """Yield a stack with PostgreSQL running; remove everything at the end."""
    stack = Stack(folder)
    try:
        stack.start()
        yield stack
    finally:
        stack.remove()
