"""Packages: only what is missing, with fresh lists."""

from pyinfra.facts.deb import DebPackages

from kestra_provision.facts.packages import InstalledPackages
from kestra_provision.operations import apt
from tests.operations.fake_host import FakeHost, raw, yielded

PACKAGES = ["docker.io", "ca-certificates"]


def installed(*there: str) -> tuple[FakeHost, list[str]]:
    host = FakeHost({InstalledPackages: set(there), DebPackages: {}})
    return host, raw(yielded(host, apt.installed, packages=PACKAGES))


def test_all_installed_is_nothing_to_do() -> None:
    host, commands = installed(*PACKAGES, "another")
    assert commands == []
    assert host.noops == ["docker.io, ca-certificates are installed"]


def test_missing_ones_are_installed_with_fresh_lists_and_patience() -> None:
    finish, update, install = installed("ca-certificates")[1]
    assert "dpkg --configure -a" in finish
    assert "apt-get" in update
    assert update.endswith("update")
    assert install.startswith("DEBIAN_FRONTEND=noninteractive apt-get -y ")
    assert install.endswith(" docker.io")
    assert "ca-certificates" not in install
    assert "-o DPkg::Lock::Timeout=300" in install


def test_all_missing_ones_are_installed_in_one_go() -> None:
    assert len(installed()[1]) == 3
    assert installed()[1][2].endswith(" ca-certificates docker.io")
