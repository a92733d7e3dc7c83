"""The watch of a host over its own Kestra: the files it is made of."""

from __future__ import annotations

import shlex

from kestra_provision.docker.proxy import curl_options
from kestra_provision.render.template import render
from kestra_provision.settings import Settings
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout

_UNITS = "/etc/systemd/system"


def units(project: str) -> tuple[str, str]:
    """Its timer and its service.

    The project is their instance, because a host may have several: no project has an `@` in its
    name, so what belongs to one is never mistaken for another's.
    """
    return f"kestra-watch@{project}.timer", f"kestra-watch@{project}.service"


def scripts(root_dir: str) -> tuple[str, ...]:
    """Where its scripts lie, what is sourced before the one that sources it."""
    library = (f"scripts/lib/{name}.sh" for name in ("notify", "repair"))
    return tuple(f"{root_dir}/{name}" for name in (*library, "scripts/maintenance/watch.sh"))


def all_files(settings: Settings) -> tuple[str, ...]:
    """Everything that a deploy may have written for it, the schedule first."""
    project = settings.project_name
    return (*_unit_files(project), _cron_file(project), *scripts(settings.root_dir))


def left_alone(settings: Settings, systemd: bool) -> tuple[str, ...]:
    """What a deploy does not write, now or on such a host.

    + systemd: whether the host has it
    """
    if not settings.watch_interval_minutes:
        return all_files(settings)
    project = settings.project_name
    return (_cron_file(project),) if systemd else _unit_files(project)


def render_watch(settings: Settings, systemd: bool) -> list[Rendered]:
    """Scripts and schedule; holds no secret.

    + systemd: whether the host has it; else cron calls the watch
    """
    root = Layout(settings.root_dir).root
    *library, watch = scripts(root)
    values = {
        "settings": settings,
        "root": root,
        "watch": watch,
        "notify_command": shlex.quote(settings.notify_command or ""),
        "curl_options": curl_options(settings),
    }
    timer, service = _unit_files(settings.project_name)
    schedule = (
        {service: "systemd/kestra-watch.service", timer: "systemd/kestra-watch.timer"}
        if systemd
        else {_cron_file(settings.project_name): "cron/kestra-watch"}
    )
    templates = {
        **{path: path.removeprefix(f"{root}/") for path in library},
        # Only root may read the operator's command.
        watch: watch.removeprefix(f"{root}/"),
        **schedule,
    }
    return [
        Rendered(path, render(f"{name}.j2", **values), mode="700" if path == watch else "644")
        for path, name in templates.items()
    ]


def _unit_files(project: str) -> tuple[str, str]:
    timer, service = units(project)
    return f"{_UNITS}/{timer}", f"{_UNITS}/{service}"


def _cron_file(project: str) -> str:
    """cron skips files whose names have a dot or an `@` in them."""
    return f"/etc/cron.d/kestra-watch-{project}"
