"""What a container needs before docker can make it: networks and volumes, as compose makes them."""

from __future__ import annotations

import shlex
from typing import Any

from kestra_provision.render.host.compose_values import NoCounterpartError, pairs

#: Of the labels by which compose knows its own.
COMPOSE = "com.docker.compose"


def need_networks(project: str, networks: dict[str, Any]) -> str:
    """A function of bash that makes those that are missing.

    A shared one has no owner: compose would refuse it with a mark of its own.

    Raises `NoCounterpartError`.
    """
    lines = ["need_networks() {"]
    for key, network in networks.items():
        name = shlex.quote(name_of(project, key, network))
        words = [f"--label {shlex.quote(label)}" for label in pairs(network, f"networks.{key}")]
        if network.get("external"):
            words.append('--label "$label=true"')
        else:
            words += [f"--label {COMPOSE}.project={shlex.quote(project)}"]
            words += [f"--label {COMPOSE}.network={key}"]
        for option in network.keys() - {"labels", "name", "external", "internal"}:
            raise NoCounterpartError(f"networks.{key}.{option}")
        if network.get("internal"):
            words.append("--internal")
        lines += [
            f"    docker network inspect {name} >/dev/null 2>&1 ||",
            f"        {one_a_line(['docker network create', *words, name], 12)} >/dev/null",
        ]
    return "\n".join([*lines, "}", ""])


def volume_create(project: str, key: str, declared: dict[str, Any] | None) -> str:
    """A line that makes a volume where there is none.

    Raises `NoCounterpartError`.
    """
    volume = declared or {}
    for option in volume.keys() - {"labels", "name"}:
        raise NoCounterpartError(f"volumes.{key}.{option}")
    words = [f"--label {shlex.quote(label)}" for label in pairs(volume, f"volumes.{key}")]
    words += [f"--label {COMPOSE}.project={shlex.quote(project)}"]
    words += [f"--label {COMPOSE}.volume={key}", shlex.quote(name_of(project, key, volume))]
    return f"    {one_a_line(['docker volume create', *words], 8)} >/dev/null"


def name_of(project: str, key: str, declared: dict[str, Any] | None) -> str:
    """As Docker knows a network or a volume of the file."""
    return str((declared or {}).get("name", f"{project}_{key}"))


def one_a_line(words: list[str], indent: int) -> str:
    """A call over several lines, so that a change of one option is a change of one line."""
    return (" \\\n" + " " * indent).join(words)
