"""What restart, stop and start have in common: they are pyinfra runs of the same runbooks."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kestra_provision.cli import arguments
from kestra_provision.services import BESIDE
from kestra_provision.text.verbosity import verbosity

if TYPE_CHECKING:
    from kestra_provision.run.options import Options

drain_timeout = click.option(
    "--drain-timeout",
    type=click.IntRange(0, 86400),
    default=300,
    show_default=True,
    help="Seconds to wait for running executions; 0 does not wait.",
)


def supporting(command: Callable[..., Any]) -> Callable[..., Any]:
    """A flag for each service that may be taken along, with its name."""
    for name, title in BESIDE.items():
        told = click.option(f"--{name}", is_flag=True, help=f"{title} too, after Kestra.")
        command = told(command)
    return command


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """[HOST], --inventory, --limit, --reason, --yes, -v and -q."""
    for decorate in (arguments.loudness, arguments.yes, arguments.reason, arguments.hosts):
        command = decorate(command)
    return command


def run(
    runbook: str,
    host: str | None,
    inventory: str,
    limit: tuple[str, ...],
    yes: bool,
    **options: Any,
) -> NoReturn:
    """Becomes pyinfra; its exit code is the command's.

    + options: as the runbook's own model names them
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.project import path
    from kestra_provision.run.hosts import among, read_inventory

    given = told(runbook, options)
    chosen = among(read_inventory(inventory), inventory, host, limit)
    words = [inventory, str(path(f"runbooks/{runbook}.py"))]
    if host or limit:
        words += [word for each in chosen for word in ("--limit", _exactly(each.name))]
    words += ["-y"] if yes else []
    words += ["-v"] * verbosity()
    words += given.arguments()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pyinfra", *words])


def told(run: str, options: dict[str, Any]) -> Options:
    """What a runbook or a deploy is told; its own rules hold here as they do for `--data`."""
    from pydantic import ValidationError

    from kestra_provision.run.options import ALL

    try:
        return ALL[run](**options)
    except ValidationError as error:
        first = error.errors()[0]
        option = f"--{str(first['loc'][0]).replace('_', '-')}"
        raise click.BadParameter(first["msg"], param_hint=option) from error


def _exactly(name: str) -> str:
    """A pattern for this host alone: pyinfra takes a plain name for a group's first."""
    return f"[{name[0]}]{glob.escape(name[1:])}"
