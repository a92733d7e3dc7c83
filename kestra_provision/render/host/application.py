"""What Kestra is started with: `application.yaml`, the secrets of flows, the form of its log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from kestra_provision import HEADER
from kestra_provision.render.host.own_keys import with_own
from kestra_provision.render.template import render
from kestra_provision.services.kestra import LOGBACK_MOUNT, NAME
from kestra_provision.services.script_tasks import SCRIPTS, runner_of, workdir_mount
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.flow_secrets import PREFIX
from kestra_provision.settings.properties import PLUGIN_DEFAULTS, in_one_place
from kestra_provision.settings.sections.kestra_environment import JUDGED
from kestra_provision.stack.configuration import marked
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack


def configuration_files(
    settings: Settings, stack: Stack, secrets: Mapping[str, str]
) -> list[Rendered]:
    """Both, in the order in which they are summed.

    + secrets: as `application_file` takes them
    """
    return [application_file(settings, stack, secrets), flow_secrets_file(settings, secrets)]


def sum_of(files: Iterable[Rendered]) -> str:
    """Of their content, one after the other, as `facts.stack` sums what a container sees."""
    return hashlib.sha256("".join(file.content for file in files).encode()).hexdigest()


def application_file(settings: Settings, stack: Stack, secrets: Mapping[str, str]) -> Rendered:
    """Kestra's `application.yaml`, for the user of its image alone, with its secrets in it.

    + secrets: those of the host's `.env` by name; one that is not made yet is left empty. And
      those of flows in base64, as `SECRET_NAME`

    What it says of its data is the text of the service that has it; what the operator adds stands
    among it.
    """
    own = in_one_place(settings.kestra_config, PLUGIN_DEFAULTS)
    text = render(
        "services/kestra/application.yaml.j2",
        settings=settings,
        secret=lambda name: marked(name, secrets.get(name, "")),
        levels=_levels(settings),
        logback=logback_file(settings),
        logback_mount=LOGBACK_MOUNT,
        variables=[*_of_flows(secrets)],
        runners=_runners(settings, own),
        workdir=workdir_mount(settings),
        **_data(stack, stack[NAME]),
    )
    return Rendered(
        Layout(settings.root_dir).application,
        with_own(text, own),
        mode="640",
        reader=NAME,
    )


def _runners(settings: Settings, own: Mapping[str, Any]) -> dict[str, str]:
    """Where script tasks run, by how their types begin; empty where defaults of the operator's say.

    Of two defaults whose types differ, one the beginning of the other, Kestra takes either first:
    ours would win now and then.
    """
    defaults = own.get("kestra", {}).get("plugins", {}).get("defaults", [])
    entries = [each for each in defaults if isinstance(each, dict) and each.get("type")]
    theirs = [str(each["type"]) for each in entries if "taskRunner" in (each.get("values") or {})]
    return {
        ours: ""
        if any(type.startswith(ours) or ours.startswith(type) for type in theirs)
        else runner_of(settings)
        for ours in SCRIPTS
    }


def flow_secrets_file(settings: Settings, secrets: Mapping[str, str]) -> Rendered:
    """What flows find as `secret('NAME')`, as a shell takes it in; base64 needs no quotes.

    + secrets: as `application_file` takes them
    """
    # Else the sum of the file, which is shown, would tell a short secret to who tries them all.
    salt = hashlib.sha256(f"flow secrets {secrets.get(passwords.ENCRYPTION, '')}".encode())
    lines = [f"{name}={text}" for name, text in _of_flows(secrets).items()]
    head = f"# {HEADER}. Secrets of flows in base64: give them where you deploy from, and deploy."
    return Rendered(
        Layout(settings.root_dir).flow_secrets,
        "".join(f"{line}\n" for line in (head, f"# {salt.hexdigest()}", *lines)),
        mode="640",
        reader=NAME,
    )


def _of_flows(secrets: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in sorted(secrets.items()) if name.startswith(PREFIX)}


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
