"""Kestra's `application.yaml`, and the form of its log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kestra_provision.render.host.own_keys import with_own
from kestra_provision.render.template import render
from kestra_provision.services.kestra import LOGBACK_MOUNT, NAME
from kestra_provision.settings import Settings
from kestra_provision.settings.sections.kestra_environment import JUDGED
from kestra_provision.stack.configuration import marked
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack


def application_file(settings: Settings, stack: Stack, secrets: Mapping[str, str]) -> Rendered:
    """Kestra's `application.yaml`, for the user of its image alone, with its secrets in it.

    + secrets: those of the host's `.env` by name; one that is not made yet is left empty

    What it says of its data is the text of the service that has it; what the operator adds stands
    among it.
    """
    text = render(
        "services/kestra/application.yaml.j2",
        settings=settings,
        secret=lambda name: marked(name, secrets.get(name, "")),
        levels=_levels(settings),
        logback=logback_file(settings),
        logback_mount=LOGBACK_MOUNT,
        **_data(stack, stack[NAME]),
    )
    return Rendered(
        Layout(settings.root_dir).application,
        with_own(text, settings.kestra_config),
        mode="640",
        reader=NAME,
    )


def logback_file(settings: Settings) -> Rendered | None:
    """The form of Kestra's log; None where it is Kestra's own."""
    if not settings.kestra_json_logs:
        return None
    path = Layout(settings.root_dir).logback
    return Rendered(path, render("services/kestra/logback.xml.j2"), mode="644")


def _levels(settings: Settings) -> dict[str, str]:
    """With those of the operator, what the judgement needs stands beside them: theirs is wider."""
    own = settings.kestra_log_levels
    return {"root": "INFO", **(JUDGED if own else {}), **own}


def _data(stack: Stack, service: Service) -> dict[str, Any]:
    """Whose text it is, and what that text is about."""
    if server := stack.server_of(service):
        return {"server": server.name, "place": service.database}
    if service.store:
        return {"server": service.name, "place": service.store.inside}
    return {"server": ""}
