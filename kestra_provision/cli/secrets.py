"""kestra-provision secrets"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from kestra_provision.cli import arguments, runbook, several


@click.group()
def secrets() -> None:
    """Lists and rotates the secrets that flows ask for.

    A deploy writes them; a changed one restarts Kestra when its executions have ended.

    \b
    Example:
      kestra-provision secrets list
      kestra-provision secrets set SLACK_TOKEN
    """


@secrets.command("list")
@arguments.hosts
@arguments.as_json
@arguments.loudness
def list_(host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool) -> None:
    """Lists names: where each comes from, who asks for it, whether the host has it.

    No value is shown. Exit code 0: all as given. 2: a deploy would change or refuse something.
    1: a host was not reached.

    \b
    Example:
      kestra-provision secrets list
      kestra-provision secrets list vps1 --json
    """
    from kestra_provision.status.flow_secrets import VERSION, HostSecrets, render, secrets_of

    hosts = several.on_hosts(inventory, host, limit, secrets_of, HostSecrets)
    codes = {each.exit_code for each in hosts}
    several.tell(1 if 1 in codes else max(codes, default=0), hosts, as_json, VERSION, render)


@secrets.command("set")
@click.argument("name")
@runbook.common
@runbook.drain_timeout
def set_(
    name: str,
    host: str | None,
    inventory: str,
    limit: tuple[str, ...],
    reason: str,
    yes: bool,
    drain_timeout: int,
) -> None:
    """Puts a new value of NAME into .env beside deploy.py, and deploys.

    NAME as flows ask for it. The value is asked for and not shown; a program gives it on stdin, and
    one line break at its end is left out. Of a secret that a command has (flow_secrets), change it
    where that one looks, then: kestra-provision deploy

    \b
    Example:
      kestra-provision secrets set SLACK_TOKEN
      pass show slack | kestra-provision secrets set SLACK_TOKEN vps1 --yes
    """
    if not (yes or sys.stdin.isatty()):
        raise click.UsageError("a value on stdin leaves nobody to ask; give --yes as well")
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.plan.run import deploy as done
    from kestra_provision.run.hosts import judged
    from kestra_provision.run.state import settings_of
    from kestra_provision.settings.environment import env_file
    from kestra_provision.settings.flow_secrets import PREFIX, put

    name = name.removeprefix(PREFIX)
    _, hosts = judged(inventory, host, limit)
    if had := [each.name for each in hosts if name in settings_of(each).flow_secrets]:
        raise click.ClickException(
            f"flow_secrets has a command for {name} on {', '.join(had)}: change it where that one "
            "looks, then: kestra-provision deploy"
        )
    if os.environ.get(f"{PREFIX}{name}"):
        raise click.ClickException(
            f"{PREFIX}{name} is in the environment, which wins over .env: unset it first"
        )
    try:
        put(Path.cwd(), env_file(Path.cwd()), name, _value(name))
    except ValueError as error:
        raise click.ClickException(f"{PREFIX}{name} {error}; nothing was changed") from error
    given = runbook.told("deploy", {"reason": reason, "drain_timeout": drain_timeout})
    sys.exit(done(inventory, host, limit, told=given, yes=yes))


def _value(name: str) -> str:
    if sys.stdin.isatty():
        value: str = click.prompt(f"SECRET_{name}", hide_input=True, confirmation_prompt=True)
        return value
    return sys.stdin.read().removesuffix("\n")
