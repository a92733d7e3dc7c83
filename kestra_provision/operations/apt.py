"""Debian packages."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand

from kestra_provision.docker.distribution import WANTED
from kestra_provision.facts.packages import InstalledPackages
from kestra_provision.operations import apt_get
from kestra_provision.run import ahead
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed


@operation()
def installed(packages: list[str]) -> Generator[PyinfraCommand]:
    """Installs what is missing, with fresh package lists first.

    + packages: names, without versions

    pyinfra's `apt.packages(update=True)` counts as a change on every run, and with `cache_time`
    whenever that time has passed, although nothing is missing. It fails where another apt is at
    work, as on every fresh server.
    """
    more = [name for name in packages if name not in WANTED]
    there = observed(host, InstalledPackages, packages=[*WANTED, *more])
    missing = sorted(set(packages) - there)
    if not missing:
        host.noop(f"{', '.join(packages)} are installed")
        return
    ahead.of(host).packages |= {*missing}
    differs(host, "packages", ", ".join(packages), f"without {', '.join(missing)}")
    yield apt_get.refreshed()
    yield apt_get.installing(missing)
