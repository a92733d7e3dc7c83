"""Packages: only what is missing, with fresh lists."""

from __future__ import annotations

from pyinfra.api.command import FunctionCommand

from kestra_provision.facts.packages import InstalledPackages
from kestra_provision.operations import apt
from tests.operations.fake_host import FakeHost, call, raw, yielded

PACKAGES = ["docker.io", "ca-certificates"]


def installed(*there: str) -> tuple[FakeHost, list[str]]:
    """The host, and what ran on it."""
    host = FakeHost({InstalledPackages: set(there)})
    for command in yielded(host, apt.installed, packages=PACKAGES):
        assert isinstance(command, FunctionCommand)
        assert call(command, host) is True
    return host, raw([command for command, _ in host.ran])


def test_all_installed_is_nothing_to_do() -> None:
    host, commands = installed(*PACKAGES, "another")
    assert commands == []
    assert host.noops == ["docker.io, ca-certificates are installed"]


def test_missing_ones_are_installed_after_interrupted_ones_and_with_fresh_lists() -> None:
    finish, update, install = installed("ca-certificates")[1]
    assert finish.endswith(" --configure -a")
    assert update.endswith("apt-get -qq update")
    assert "apt-get -y " in install
    assert install.endswith(" --no-install-recommends docker.io")
    for command in (finish, install):
        assert "DEBIAN_FRONTEND=noninteractive " in command


def test_all_missing_ones_are_installed_in_one_go() -> None:
    assert installed()[1][2].endswith(" ca-certificates docker.io")
