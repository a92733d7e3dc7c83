"""Debian packages."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation
from pyinfra.operations import apt

from kestra_provision.facts.packages import InstalledPackages
from kestra_provision.findings import differs

#: On a fresh server cloud-init or unattended-upgrades often holds dpkg's lock for a minute or two.
WAIT_FOR_LOCK = "-o DPkg::Lock::Timeout=300"


@operation()
def installed(packages: list[str]) -> Generator[str]:
    """Installs what is missing, with fresh package lists first.

    + packages: names, without versions

    pyinfra's `apt.packages(update=True)` counts as a change on every run, and with `cache_time`
    whenever that time has passed, although nothing is missing.
    """
    there: set[str] = host.get_fact(InstalledPackages, packages=packages)
    missing = sorted(set(packages) - there)
    if not missing:
        host.noop(f"{', '.join(packages)} are installed")
        return
    differs(host, "packages", ", ".join(packages), f"without {', '.join(missing)}")
    # An apt that was killed half-way leaves packages unpacked; this waits for one that is at work.
    yield "timeout 300 sh -c 'until dpkg --configure -a; do sleep 2; done'"
    yield from apt.update._inner()
    yield from apt.packages._inner(packages=missing, extra_install_args=WAIT_FOR_LOCK)
