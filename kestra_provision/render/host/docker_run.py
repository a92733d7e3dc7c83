"""The compose file as calls of docker alone, for a host whose compose is gone.

Nothing of it is said twice: each service of the rendered file becomes one `docker create`, and what
docker has no option for is refused here, when it is rendered, instead of being left out.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator
from typing import Any

import yaml

from kestra_provision.render.host.compose_values import (
    NoCounterpartError,
    closed,
    pairs,
    references,
    seconds,
    shell_text,
)
from kestra_provision.render.host.docker_around import (
    COMPOSE,
    name_of,
    need_networks,
    one_a_line,
    volume_create,
)

#: What compose does by itself, or the scripts do around the call.
_ELSEWHERE = {"image", "container_name", "command", "environment", "networks", "depends_on"}
#: One option each, with the value as it is.
_ONE = {
    "restart": "--restart",
    "mem_limit": "--memory",
    "pids_limit": "--pids-limit",
    "shm_size": "--shm-size",
    "user": "--user",
    "working_dir": "--workdir",
    "entrypoint": "--entrypoint",
}
#: An option for each value of a list.
_MANY = {
    "cap_drop": "--cap-drop",
    "cap_add": "--cap-add",
    "group_add": "--group-add",
    "devices": "--device",
    "security_opt": "--security-opt",
    "tmpfs": "--tmpfs",
    "ports": "-p",
}
#: What a service may ask of those that it needs.
_WAITED_FOR = ({"condition": "service_healthy"}, {"condition": "service_started"})
_FLAGS = {"read_only": "--read-only", "init": "--init"}
_CHECK = {
    "interval": "--health-interval",
    "timeout": "--health-timeout",
    "retries": "--health-retries",
    "start_period": "--health-start-period",
}


def docker_run(compose: str, root: str, settings: Collection[str]) -> str:
    """Functions of bash: `need_networks`, and for each service `create_SERVICE`.

    + compose: text of the rendered file
    + root: the directory of the project on the host
    + settings: names in `.env` that may stand in a command line; any other one is a secret

    Raises `NoCounterpartError` for what docker cannot be told.
    """
    file = yaml.safe_load(compose)
    known = {"name", "services", "networks", "volumes"}
    for key in file:
        if key not in known and not key.startswith("x-"):
            raise NoCounterpartError(key)
    project = file["name"]
    networks, volumes = file.get("networks") or {}, file.get("volumes") or {}
    parts = [need_networks(project, networks)]
    for name, service in file["services"].items():
        call = _Call(name, service, project, root, settings)
        parts.append(call.function(networks, volumes))
    return "\n".join(parts)


class _Call:
    """One service of the file.

    + name, service: as the file has them
    + project, root, settings: see `docker_run`
    """

    def __init__(
        self, name: str, service: dict[str, Any], project: str, root: str, settings: Collection[str]
    ) -> None:
        self.name, self.service, self.project, self.root = name, service, project, root
        self.settings, self.where = settings, f"services.{name}"

    def function(self, networks: dict[str, Any], volumes: dict[str, Any]) -> str:
        """It makes the volumes, the container, and connects it to all of its networks."""
        secret, constant = self._environment()
        wanted = sorted(references(self.service, self.where))
        lines = [f"    need_values {' '.join(wanted)}"] if wanted else []
        lines += [volume_create(self.project, key, volumes[key]) for key in self._named(volumes)]
        first, *others = [name_of(self.project, n, networks[n]) for n in self._networks()]
        container = shlex.quote(self.service["container_name"])
        words = [
            *(f"{key}={value}" for key, value in secret.items()),
            f"docker create --name {container} --pull never",
            *self._labels(),
            f"--network {shlex.quote(first)} --network-alias {self.name}",
            *(f"-e {key}" for key in secret),
            *(f"-e {key}={value}" for key, value in constant.items()),
            *self._mounts(volumes),
            *self._options(),
            *self._health(),
            " ".join(
                self._text(w, "command") for w in (self.service["image"], *self._list("command"))
            ),
        ]
        connect = f"docker network connect --alias {self.name}"
        calls = [one_a_line(words, 8)]
        calls += [f"{connect} {shlex.quote(network)} {container}" for network in others]
        lines.append("    " + " &&\n        ".join(calls))
        return "\n".join([f"create_{self.name}() {{", *lines, "}", ""])

    def _environment(self) -> tuple[dict[str, str], dict[str, str]]:
        """What goes through the environment of docker, and the rest."""
        secret, constant = dict[str, str](), dict[str, str]()
        for key, value in self._mapping("environment").items():
            where = f"{self.where}.environment.{key}"
            if not isinstance(value, str):
                raise NoCounterpartError(f"{where}, which is no text,")
            found = secret if closed(key, value, where) else constant
            found[key] = shell_text(value, where)
        return secret, constant

    def _labels(self) -> Iterator[str]:
        """Ours, and those by which compose knows its own: the next deploy takes it over.

        It sees no container that has no hash.
        """
        for label in pairs(self.service, self.where):
            yield f"--label {self._text(label, 'labels')}"
        for key, value in {
            "project": self.project,
            "service": self.name,
            "oneoff": "False",
            "container-number": "1",
            "config-hash": "none",
            "project.working_dir": self.root,
            "project.config_files": f"{self.root}/compose.yaml",
        }.items():
            yield f"--label {COMPOSE}.{key}={shlex.quote(value)}"

    def _networks(self) -> list[str]:
        """The first is the one it is made in."""
        found = self._list("networks")
        if not found:
            raise NoCounterpartError(f"{self.where} without networks")
        return found

    def _named(self, volumes: dict[str, Any]) -> list[str]:
        """Docker's own volumes that it mounts, by the file's name."""
        return [source for source, _ in self._volumes() if source in volumes]

    def _volumes(self) -> Iterator[tuple[str, str]]:
        for volume in self._list("volumes"):
            source, _, target = volume.partition(":")
            yield source, target

    def _mounts(self, volumes: dict[str, Any]) -> Iterator[str]:
        for source, target in self._volumes():
            if source in volumes:
                source = name_of(self.project, source, volumes[source])
            elif not source.startswith("/"):
                raise NoCounterpartError(f"{self.where}.volumes: {source}, which is no path")
            yield f"-v {self._text(f'{source}:{target}', 'volumes')}"

    def _options(self) -> Iterator[str]:
        """What is left of the service, each with its own option."""
        special: dict[str, Callable[[Any], Iterator[str]]] = {
            "stop_grace_period": lambda value: iter([f"--stop-timeout {seconds(value)}"]),
            "logging": self._logging,
        }
        done = {*_ELSEWHERE, "labels", "volumes", "healthcheck"}
        self._depends_on()
        for key, value in self.service.items():
            if key in _ONE:
                yield f"{_ONE[key]} {self._text(str(value), key)}"
            elif key in _MANY:
                yield from (f"{_MANY[key]} {self._text(v, key)}" for v in self._list(key))
            elif key in _FLAGS:
                yield from [_FLAGS[key]] if value else []
            elif key in special:
                yield from special[key](value)
            elif key not in done:
                raise NoCounterpartError(f"{self.where}.{key}")

    def _logging(self, logging: dict[str, Any]) -> Iterator[str]:
        yield f"--log-driver {shlex.quote(logging['driver'])}"
        for key, value in (logging.get("options") or {}).items():
            yield f"--log-opt {shlex.quote(f'{key}={value}')}"
        for key in logging.keys() - {"driver", "options"}:
            raise NoCounterpartError(f"{self.where}.logging.{key}")

    def _health(self) -> Iterator[str]:
        """Docker's option is a line for the container's shell."""
        check = self._mapping("healthcheck")
        if not check:
            return
        kind, *words = check["test"] if isinstance(check.get("test"), list) else [""]
        if kind == "CMD-SHELL" and len(words) == 1:
            command = words[0]
        elif kind == "CMD":
            command = shlex.join(words)
        else:
            raise NoCounterpartError(f"{self.where}.healthcheck.test")
        yield f"--health-cmd {self._text(command, 'healthcheck.test')}"
        for key, value in check.items():
            if key in _CHECK:
                yield f"{_CHECK[key]} {self._text(str(value), f'healthcheck.{key}')}"
            elif key != "test":
                raise NoCounterpartError(f"{self.where}.healthcheck.{key}")

    def _depends_on(self) -> None:
        """The scripts start in the order of the stack, and wait for each until it answers."""
        for need, how in self._mapping("depends_on").items():
            if how not in _WAITED_FOR:
                raise NoCounterpartError(f"{self.where}.depends_on.{need}")

    def _list(self, key: str) -> list[str]:
        found = self.service.get(key) or []
        if not isinstance(found, list) or not all(isinstance(value, str) for value in found):
            raise NoCounterpartError(f"{self.where}.{key}, which is no list of texts,")
        return found

    def _mapping(self, key: str) -> dict[str, Any]:
        found = self.service.get(key) or {}
        if not isinstance(found, dict):
            raise NoCounterpartError(f"{self.where}.{key}, which is no mapping,")
        return found

    def _text(self, text: str, key: str) -> str:
        """A word of the command line, in which no secret may stand."""
        where = f"{self.where}.{key}"
        for name in references(text, where) - set(self.settings):
            raise NoCounterpartError(f"{where}: {name}, which would stand in a command line")
        return shell_text(text, where)
