"""Kestra's `application.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kestra_provision.render.template import render
from kestra_provision.services.kestra import NAME
from kestra_provision.settings import Settings
from kestra_provision.stack.configuration import marked
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack


def application_file(settings: Settings, stack: Stack, secrets: Mapping[str, str]) -> Rendered:
    """Kestra's `application.yaml`, for the user of its image alone, with its secrets in it.

    + secrets: those of the host's `.env` by name; one that is not made yet is left empty

    What it says of its data is the text of the service that has it.
    """
    return Rendered(
        Layout(settings.root_dir).application,
        render(
            "services/kestra/application.yaml.j2",
            settings=settings,
            secret=lambda name: marked(name, secrets.get(name, "")),
            **_data(stack, stack[NAME]),
        ),
        mode="640",
        reader=NAME,
    )


def _data(stack: Stack, service: Service) -> dict[str, Any]:
    """Whose text it is, and what that text is about."""
    if server := stack.server_of(service):
        return {"server": server.name, "place": service.database}
    if service.store:
        return {"server": service.name, "place": service.store.inside}
    return {"server": ""}
