"""kestra-provision config"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from kestra_provision.cli import arguments
from kestra_provision.profiles import SETTINGS, stack_of
from kestra_provision.settings import Origin, Settings, operator_environment, passwords
from kestra_provision.settings.load import merge
from kestra_provision.settings.shown import MASK, listed, told
from kestra_provision.text.table import table

#: Of the JSON; it grows when a field is removed or changes its meaning.
VERSION = 1


@click.command()
@arguments.hosts
@arguments.as_json
def config(host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool) -> None:
    """Shows every setting in force, and where each comes from.

    Of HOST, or of all hosts. Nothing is connected to. What a deploy would refuse is refused here
    too.

    \b
    Example:
      kestra-provision config vps1
      kestra-provision config --limit 'web*' --json
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.run.hosts import judged
    from kestra_provision.run.session import layers_of
    from kestra_provision.run.state import settings_of

    _, hosts = judged(inventory, host, limit)
    environment, secrets = operator_environment(Path.cwd(), SETTINGS.values())
    shown = {
        h.name: explained(settings_of(h), merge(layers_of(h, environment)), secrets) for h in hosts
    }
    if as_json:
        listing = [{"name": name, "settings": lines} for name, lines in shown.items()]
        click.echo(json.dumps({"version": VERSION, "hosts": listing}, indent=2))
        return
    click.echo("\n\n".join(f"{name}\n\n{_table(lines)}" for name, lines in shown.items()))


def explained(
    settings: Settings, origins: Mapping[str, Origin], given: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Value and origin of every setting and secret by name, secrets masked.

    + origins: the winning layer by setting, as `merge` tells it
    + given: names of the secrets that the operator supplies
    """
    computed = _computed(settings)
    urls = {page.setting: page.url for page in stack_of(settings).pages}
    shown: dict[str, dict[str, Any]] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        origin = _place(origins[name].layer) if name in origins else "default"
        if value is None and name in computed:
            value = urls.get(name)
            origin = f"computed from {computed[name]}"
        shown[name] = {"value": told(name, value), "from": origin}
    needed = stack_of(settings).secret_names
    for name in passwords.GIVEN:
        if name in passwords.NAMES and name not in needed:
            continue
        # Nothing is connected to, so nobody knows whether a deploy has made it yet.
        elsewhere = "the host, or its first deploy" if name in passwords.NAMES else "not given"
        origin = f"given in {_source(name)}" if name in given else elsewhere
        shown[name] = {"value": MASK if name in given else None, "from": origin}
    return shown


def _computed(settings: Settings) -> dict[str, str]:
    """What a setting that says nothing is computed from; only the host knows its own memory."""
    stack = stack_of(settings)
    memory = {s.memory.setting: "the host's memory" for s in stack.services}
    return {page.setting: page.port.setting for page in stack.pages} | memory


def _table(lines: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [[name, listed(line["value"]), str(line["from"])] for name, line in lines.items()]
    return table([["setting", "value", "from"], *rows])


def _place(layer: str) -> str:
    return layer.removeprefix(f"{Path.cwd()}/")


def _source(secret: str) -> str:
    return "the environment" if os.environ.get(secret) else ".env"
