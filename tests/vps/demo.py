"""The demonstration: a disposable server, provisioned by the literal command and verified."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import httpx

from kestra_provision.profiles.tools import Tools
from tests.vps.archive import test_images
from tests.vps.engine import cache_dir, ensure_engine, stop_engine
from tests.vps.machine import Vps, boot, find, machines
from tests.vps.workspace import Workspace, clean_environment, host_data, image_data

_NAME = "kestra-demo"
_REGISTRY = "https://registry-1.docker.io/v2/"


@click.command()
@click.option("--remove", is_flag=True, help="Takes the demonstration away again.")
def main(remove: bool) -> None:
    """Boots, provisions and verifies a disposable server, and says how to open and remove it."""
    if not remove:
        click.echo(
            "This starts a Docker engine on this machine when none answers, and installs Debian's "
            "docker.io for it when there is none. The server is a container in it. bin/demo "
            "--remove removes the server and stops that engine; the package stays.\n"
        )
    ensure_engine()
    if remove:
        if vps := find(_NAME):
            vps.destroy()
        if not machines():  # a test run may go on beside
            stop_engine()
        click.echo("The demonstration is removed.")
        return
    data = _images()
    click.echo("Booting a bare Debian 13 in a container …")
    vps = boot(_NAME)
    try:
        _provision(vps, data)
        _verify(vps)
    except BaseException as error:
        vps.destroy()
        click.echo("The demonstration failed, see above; its server is removed.", err=True)
        if isinstance(error, subprocess.CalledProcessError):
            sys.exit(error.returncode)
        raise
    program = Path(sys.executable).with_name("kestra-provision")
    click.echo(
        "\nOpen it:       with the ssh line above, then http://localhost:8080/"
        f"\nUser, password: (cd {_directory()} && {program} credentials {_NAME})"
        f"\nDay two:       (cd {_directory()} && {program} drift)   or status, doctor, restart"
        f"\nLook around:   docker exec -it {_NAME} bash"
        "\nRemove it:     bin/demo --remove"
    )


def _images() -> dict[str, Any]:
    """Official images when a registry answers or an archive is given, else the stand-in."""
    images = None if _registry_answers() else test_images()
    if images is None:
        click.echo(f"Images: official, from the registry ({Tools().kestra_image}).")
        return _docker_data()
    if images.standin:
        click.echo(
            "Images: no registry answers and no KESTRA_IMAGE_ARCHIVE is given, so Kestra is a "
            "STAND-IN that answers like it; PostgreSQL is real."
        )
    else:
        click.echo(f"Images: {images.kestra} and {images.postgres} from {images.archive}.")
    return image_data(images)


def _docker_data() -> dict[str, Any]:
    """Docker from its own repository, the default of the settings, when that answers too."""
    defaults = Tools()
    if _answers(f"{defaults.docker_repository}/debian/gpg"):
        return {"docker_source": defaults.docker_source}
    return {}


def _registry_answers() -> bool:
    return not os.environ.get("KESTRA_IMAGE_ARCHIVE") and _answers(_REGISTRY)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code in (200, 401)
    except httpx.HTTPError:
        return False


def _provision(vps: Vps, data: dict[str, Any]) -> None:
    workspace = Workspace.make(_directory())
    known_hosts = workspace.directory / "known_hosts"
    watched = {"watch_interval_minutes": Tools().watch_interval_minutes}
    workspace.name_hosts({_NAME: {**host_data(vps, known_hosts), **data, **watched}})
    click.echo("\n$ pyinfra inventory deploy.py -y")
    pyinfra = str(Path(sys.executable).with_name("pyinfra"))
    subprocess.run(
        [pyinfra, "inventory", "deploy.py", "-y"],
        cwd=workspace.directory,
        env=clean_environment(),
        check=True,
    )


def _directory() -> Path:
    """The demonstration's own checkout, with an inventory of its own."""
    return cache_dir() / "demo"


def _verify(vps: Vps) -> None:
    click.echo(f"\n$ pytest tests/machine --hosts=ssh://{vps.user}@{vps.address}")
    subprocess.run(
        [
            sys.executable,
            *("-m", "pytest", "-q", "tests/machine"),
            f"--hosts=ssh://{vps.user}@{vps.address}",
            f"--ssh-identity-file={vps.key}",
            "--ssh-extra-args=-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
        ],
        check=True,
    )


if __name__ == "__main__":
    main()
