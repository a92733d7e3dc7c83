"""The compose plugin from a package file of the laptop, for distributions without one."""

from __future__ import annotations

import shlex
from collections.abc import Generator

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision import remote
from kestra_provision.deb import Deb
from kestra_provision.facts.packages import PackageVersion
from kestra_provision.findings import MISSING, differs
from kestra_provision.operations.apt import WAIT_FOR_LOCK
from kestra_provision.progress import Progress


@operation()
def installed(deb: Deb, directory: str) -> Generator[PyinfraCommand]:
    """Sends the package and installs it, when it is missing or of another version.

    + deb: as `read_deb` saw it
    + directory: where it lies on the host meanwhile

    pyinfra's `apt.deb` copies the file to the host before it knows whether it is needed, and
    to /tmp, which on Debian 13 is memory.
    """
    version = host.get_fact(PackageVersion, package=deb.package)
    if version == deb.version:
        host.noop(f"{deb.package} {deb.version} is installed")
        return
    differs(host, f"package {deb.package}", deb.version, version or MISSING)
    yield FunctionCommand(_install, (deb, directory), {})


def _install(state: State, host: Host, deb: Deb, directory: str) -> bool:
    progress = Progress(host, f"sending {deb.path.name}", deb.size)
    with deb.path.open("rb") as source:
        result = remote.stream(host, _command(deb, directory), source, progress)
    if not result.ok:
        lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
        host.log(f"{deb.path.name} could not be installed:", log_func=logger.error)
        for line in lines[-5:]:
            host.log(f"    {line}", log_func=logger.error)
    return result.ok


def _command(deb: Deb, directory: str) -> StringCommand:
    """apt and not dpkg, because dpkg leaves a package with unmet dependencies half installed."""
    folder, file = shlex.quote(directory), shlex.quote(f"{directory}/compose-plugin.deb")
    apt = (
        "DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "
        f"--allow-downgrades {WAIT_FOR_LOCK} {file}"
    )
    works = "docker compose version >/dev/null"
    return StringCommand(
        f"mkdir -p {folder} && cat > {file} && echo {deb.sha256}'  '{file} | sha256sum -c --quiet "
        f"&& {apt} && {works}; status=$?; rm -f {file}; exit $status"
    )
