"""The watch of a host over its own Kestra: the files it is made of."""

from __future__ import annotations

import shlex

from kestra_provision.layout import Layout, render
from kestra_provision.operations.paths import Rendered
from kestra_provision.proxy import curl_options
from kestra_provision.settings import Settings

TIMER = "kestra-watch.timer"
SERVICE = "kestra-watch.service"
_UNITS = tuple(f"/etc/systemd/system/{unit}" for unit in (SERVICE, TIMER))
_CRON = "/etc/cron.d/kestra-watch"


def scripts(root_dir: str) -> tuple[str, ...]:
    """Where its scripts lie, what is sourced before the one that sources it."""
    library = (f"scripts/lib/{name}.sh" for name in ("notify", "repair"))
    return tuple(f"{root_dir}/{name}" for name in (*library, "scripts/maintenance/watch.sh"))


def all_files(root_dir: str) -> tuple[str, ...]:
    """Everything that a deploy may have written for it, the schedule first."""
    return (*_UNITS, _CRON, *scripts(root_dir))


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
    # cron reads the names of files in cron.d, and skips those with a dot.
    schedule = {unit: f"systemd{unit.removeprefix('/etc/systemd/system')}" for unit in _UNITS}
    templates = {
        **{path: path.removeprefix(f"{root}/") for path in library},
        # Only root may read the operator's command.
        watch: watch.removeprefix(f"{root}/"),
        **(schedule if systemd else {_CRON: "cron/kestra-watch"}),
    }
    return [
        Rendered(path, render(f"{name}.j2", **values), mode="700" if path == watch else "644")
        for path, name in templates.items()
    ]
