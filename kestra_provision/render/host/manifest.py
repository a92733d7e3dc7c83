"""`services-manifest.json`: our entry, and how it gets into a file that others write too."""

from __future__ import annotations

import json
from typing import Any

from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack
from kestra_provision.text import json_text
from kestra_provision.text.json_text import Item, JsonTextError

NAME = "kestra-orchestrator"
_SCRIPTS = "tools/kestra/scripts"


class ManifestError(ValueError):
    """The file is not what we know how to change; it stays as it is."""


def entry(settings: Settings, stack: Stack) -> dict[str, Any]:
    """What the manifest says of us, less the name of the entry."""
    layout = Layout(settings.root_dir)
    return {
        "managed": "docker-compose",
        "stack": stack.name,
        "project": stack.project,
        "composeFile": layout.compose,
        "container": stack.main.container,
        "dependsOn": [stack[need].container for need in stack.main.needs],
        "ports": {"http": settings.http_port, "management": settings.management_port},
        "url": settings.url,
        "healthUrl": f"http://127.0.0.1:{settings.management_port}/health",
        "scripts": {
            "start": f"{layout.root}/{_SCRIPTS}/run.sh --detach",
            "stop": f"{layout.root}/{_SCRIPTS}/stop.sh",
            "status": f"{layout.root}/{_SCRIPTS}/status.sh",
            "logs": f"{layout.root}/{_SCRIPTS}/logs.sh",
            "health": f"{layout.health_check} --services {','.join(stack.containers)}",
        },
    }


def merged(text: str | None, wanted: dict[str, Any]) -> str:
    """The text with our entry as wanted, every other byte as it was.

    + text: of the file; None when there is none
    + wanted: as `entry` tells; further keys of the entry are the operator's, and stay

    Raises `ManifestError`.
    """
    if text is None:
        return json.dumps({"services": [{"name": NAME, **wanted}]}, indent=2) + "\n"
    try:
        return _merged(text, wanted)
    except JsonTextError as error:
        raise ManifestError(f"the manifest is no valid JSON: {error}") from error


def _merged(text: str, wanted: dict[str, Any]) -> str:
    if not isinstance(json_text.parse(text), dict):
        raise ManifestError('the manifest is no JSON object with "services"')
    start = json_text.root(text)
    services = _one([i for i in json_text.items(text, start) if i.key == "services"], '"services"')
    if services is None:
        return json_text.with_item(text, start, [{"name": NAME, **wanted}], "services")
    if isinstance(services.value, dict):
        found = [i for i in json_text.items(text, services.start) if i.key == NAME]
        names: dict[str, str] = {}
    elif isinstance(services.value, list):
        _require_objects(services.value)
        found = [i for i in json_text.items(text, services.start) if _is_ours(i.value)]
        names = _names(services.value)
    else:
        raise ManifestError('the manifest has "services" that are neither a list nor an object')
    ours = _one(found, f"the service {NAME}")
    if ours is None:
        key = "" if names else NAME
        return json_text.with_item(text, services.start, {**names, **wanted}, key)
    if not isinstance(ours.value, dict):
        raise ManifestError(f"the manifest has a service {NAME} that is no object")
    return _updated(text, ours.start, wanted)


def _updated(text: str, start: int, wanted: dict[str, Any]) -> str:
    """One key after the other: each changes the places of those behind it, and not of `start`."""
    for key, value in wanted.items():
        there = [i for i in json_text.items(text, start) if i.key == key]
        item = _one(there, f'"{key}" in the service {NAME}')
        if item is None:
            text = json_text.with_item(text, start, value, key)
        elif json.dumps(item.value, sort_keys=True) != json.dumps(value, sort_keys=True):
            text = json_text.with_value(text, item, value)
    return text


def _one(found: list[Item], what: str) -> Item | None:
    if len(found) > 1:
        raise ManifestError(f"the manifest holds {what} {len(found)} times")
    return found[0] if found else None


def _require_objects(services: list[Any]) -> None:
    for number, service in enumerate(services, start=1):
        if not isinstance(service, dict) or not {"name", "id"} & set(service):
            raise ManifestError(
                f'service number {number} of the manifest has no "name" and no "id"'
            )


def _is_ours(service: dict[str, Any]) -> bool:
    return NAME in (service.get("id"), service.get("name"))


def _names(services: list[dict[str, Any]]) -> dict[str, str]:
    """The keys by which the others are named."""
    used = [key for key in ("id", "name") if any(key in service for service in services)]
    return dict.fromkeys(used or ["name"], NAME)
