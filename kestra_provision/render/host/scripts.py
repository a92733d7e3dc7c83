"""The scripts for a shell on the host itself, rendered from one set of values."""

from __future__ import annotations

import shlex

from kestra_provision.commands import logs
from kestra_provision.commands.files import temporary
from kestra_provision.commands.lock_script import LOCK_SCRIPT
from kestra_provision.commands.stop_script import STOP_SCRIPT
from kestra_provision.docker.environment import ONLY
from kestra_provision.facts.rules import LOST_RULES, REPAIR
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.render.host.known import constants, env_rules, lists, other_variables, quoted
from kestra_provision.render.template import render
from kestra_provision.settings import Settings
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.stack import Stack

#: How the services are; what it needs comes first.
JUDGEMENT = ("scripts/lib/common.sh", "scripts/lib/health.sh")
#: Sourced by the others. Both lists name files below `root_dir`, and their templates.
LIBRARY = (
    *JUDGEMENT,
    "scripts/lib/lock.sh",
    "scripts/lib/guard.sh",
    "scripts/lib/secrets.sh",
    "scripts/lib/docker-run.sh",
    "scripts/lib/start.sh",
)
SCRIPTS = (
    "scripts/maintenance/health-check-all.sh",
    "tools/kestra/scripts/run.sh",
    "tools/kestra/scripts/stop.sh",
    "tools/kestra/scripts/status.sh",
    "tools/kestra/scripts/logs.sh",
    "scripts/docker/start-stacks.sh",
    "scripts/docker/stop-stacks.sh",
    "scripts/load-kestra-flows.sh",
)


def secrets_constants(stack: Stack) -> dict[str, str]:
    """How to tell secrets in `.env` and to strike them out, as `commands.logs` does."""
    return {
        "strike": logs.STRIKE,
        "shortest_secret": str(logs.SHORTEST),
        "no_secrets": " ".join(stack.environment),
    }


def render_scripts(
    settings: Settings,
    stack: Stack,
    sizes: dict[str, int],
    configuration_sha256: str,
    socket_gid: int | None = None,
) -> list[Rendered]:
    """All of them, the library first; bash must be able to read each before it replaces another.

    + configuration_sha256, socket_gid: as the compose file has them
    """
    root = stack.root
    compose = render_compose(settings, stack, sizes, configuration_sha256, socket_gid)
    values = {
        **_values(settings, stack),
        "docker_run": docker_run(compose, root, stack.environment),
    }
    return [
        Rendered(
            path := f"{root}/{name}",
            render(f"{name}.j2", **values),
            mode="644" if name in LIBRARY else "755",
            check=f"bash -n {shlex.quote(temporary(path))}",
        )
        for name in (*LIBRARY, *SCRIPTS)
    ]


def judgement(settings: Settings, stack: Stack) -> str:
    """Text of bash that knows how the services of a stack are, to be followed by `look SERVICE`.

    It is what the scripts on the host source, so that whoever asks from elsewhere gets the same
    words: `look` sets `health`, `state` and `detail`, and `login_SERVER USER DATABASE SECRET` the
    last two. It prints nothing, and holds no secret.
    """
    values = _values(settings, stack)
    return "".join(render(f"{name}.j2", **values) for name in JUDGEMENT)


def _values(settings: Settings, stack: Stack) -> dict[str, object]:
    """What the templates of all scripts have."""
    return {
        "stack": stack,
        "root": stack.root,
        "constants": quoted(constants(settings, stack)),
        "lists": lists(stack),
        "env_rules": env_rules(),
        "other_variables": other_variables(stack),
        "docker_environment": ONLY,
        "lost_rules": LOST_RULES,
        "repair_rules": REPAIR,
        "lock_script": LOCK_SCRIPT,
        "stop_script": STOP_SCRIPT,
        "secrets_constants": quoted(secrets_constants(stack)),
    }
