"""The disposable VPS for people: `python -m tests.vps up|down|list|ssh`."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tests.vps import engine, machine
from tests.vps.images import DOCKER_PACKAGES, remove_images

NAME = "kestra-vps"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """A throw-away Debian server on this machine, to see it before your own server does."""


@cli.command()
@click.argument("name", default=NAME)
@click.option("--suite", type=click.Choice(list(DOCKER_PACKAGES)), default="trixie")
@click.option("--docker", is_flag=True, help="With Debian's Docker already on it.")
@click.option("--memory", metavar="SIZE", help="Limit outside of its containers, as 4g.")
def up(name: str, suite: str, docker: bool, memory: str | None) -> None:
    """Boot a fresh VPS; a former one of this NAME is removed."""
    click.echo(f"Booting {name} (Debian {suite}); the first time builds its image.", err=True)
    with _clear_errors():
        vps = machine.boot(name, suite, docker, memory)
        line = shlex.join(vps.ssh_command())
    click.echo(f"address  {vps.address}")
    click.echo(f"user     {vps.user}")
    click.echo(f"key      {vps.key}")
    click.echo(f"ssh      {line}")
    click.echo(f"remove   python -m tests.vps down {name}")


@cli.command()
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every VPS, the images and the engine.")
def down(names: tuple[str, ...], everything: bool) -> None:
    """Remove VPSes by NAME with their disks."""
    with _clear_errors():
        if everything:
            _remove_everything()
            return
        for name in names or (NAME,):
            known = {vps.name: vps for vps in machine.machines(stopped=True)}
            if name not in known:
                raise click.ClickException(f"no VPS named {name}: see python -m tests.vps list")
            known[name].destroy()
            click.echo(f"removed {name}")


@cli.command(name="list")
def list_() -> None:
    """List the VPSes that there are."""
    with _clear_errors():
        running = {vps.name: vps.address for vps in machine.machines()}
        for vps in machine.machines(stopped=True):
            click.echo(f"{vps.name}\t{running.get(vps.name, 'stopped')}")


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", default=NAME)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def ssh(name: str, command: tuple[str, ...]) -> None:
    """Open a shell on the VPS, or run COMMAND on it."""
    with _clear_errors():
        vps = machine.find(name)
        if vps is None:
            raise click.ClickException(f"no VPS named {name}: boot it with python -m tests.vps up")
        line = vps.ssh_command(*command)
    os.execvp(line[0], line)


def _remove_everything() -> None:
    for name in machine.destroy_all():
        click.echo(f"removed {name}")
    remove_images()
    click.echo("removed the images")
    if engine.stop_engine():
        click.echo("stopped the engine that was started for them")


@contextmanager
def _clear_errors() -> Iterator[None]:
    """What went wrong as a sentence, not as a traceback."""
    try:
        yield
    except engine.EngineError as problem:
        raise click.ClickException(str(problem)) from problem


if __name__ == "__main__":
    cli(prog_name="python -m tests.vps")
