"""The compose plugin from a package file of the laptop, for distributions without one."""

from __future__ import annotations

import shlex
from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.facts.apt import noninteractive_apt

from kestra_provision.docker.compose_deb import Deb
from kestra_provision.facts.packages import PackageVersion
from kestra_provision.operations import apt_get
from kestra_provision.operations.sending import send
from kestra_provision.remote import shell
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.text.difference import MISSING

#: A package by that name may be compose v1, or of a release that this engine's client knows not.
_WORKS = "docker compose version >/dev/null"


@operation()
def installed(deb: Deb, directory: str) -> Generator[PyinfraCommand]:
    """Sends the package and installs it, when it is missing or of another version.

    + deb: as `read_deb` saw it
    + directory: where it lies on the host meanwhile

    pyinfra's `apt.deb` copies the file to the host before it knows whether it is needed, and
    to /tmp, which on Debian 13 is memory.
    """
    version = observed(host, PackageVersion, package=deb.package)
    if version == deb.version:
        host.noop(f"{deb.package} {deb.version} is installed")
        return
    differs(host, f"package {deb.package}", deb.version, version or MISSING)
    yield FunctionCommand(_install, (deb, directory), {})


def _install(state: State, host: Host, deb: Deb, directory: str) -> bool:
    file = f"{directory}/compose-plugin.deb"
    failed = f"{deb.path.name} could not be installed"
    done = (
        send(host, deb.path, file, deb.sha256)
        and apt_get.finish(host)
        and apt_get.run(host, _command(file), failed)
    )
    shell.run(host, StringCommand("rm", "-f", shlex.quote(file)))
    return done


def _command(file: str) -> str:
    """apt and not dpkg, because dpkg leaves a package with unmet dependencies half installed."""
    options = "--no-install-recommends --allow-downgrades"
    return f"{noninteractive_apt('install')} {options} {shlex.quote(file)} && {_WORKS}"
