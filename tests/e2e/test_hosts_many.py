"""Several hosts in one run: who cannot be provisioned stops nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.e2e.conftest import Site
from tests.vps.machine import Vps
from tests.vps.workspace import host_data


class Fleet:
    """Two servers in one inventory; each test spoils one of them."""

    def __init__(self, good: Site, other: Vps) -> None:
        self.good, self.other = good, other

    def declare(self, hosts: dict[str, dict[str, Any]] | None = None, **of_other: Any) -> None:
        """Writes the inventory: `of_other` on top of the second server's data, then `hosts`."""
        known_hosts = self.good.workspace.directory / "known_hosts"
        both = {
            vps.name: {**host_data(vps, known_hosts), **self.good.data}
            for vps in (self.good.vps, self.other)
        }
        both[self.other.name].update(of_other)
        self.good.workspace.name_hosts({**both, **(hosts or {})})

    def deploy(self, *arguments: str) -> CompletedProcess[str]:
        return self.good.workspace.deploy(*arguments)


def row(done: CompletedProcess[str], vps: Vps) -> str:
    """The server's row in the table at the end."""
    lines = [line for line in done.stderr.splitlines() if line.startswith(f"{vps.name}  ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def both(new_site: Callable[..., Site]) -> Fleet:
    fleet = Fleet(new_site("hs-good", docker=True), new_site("hs-other", docker=True).vps)
    fleet.declare()
    done = fleet.deploy("-y")
    assert done.returncode == 0, done.stdout + done.stderr
    return fleet


@pytest.fixture
def fleet(both: Fleet) -> Iterator[Fleet]:
    """Both provisioned, but the good one with something to do, which shows that it went on."""
    both.good.vps.run("chmod 700 /opt/kestra/config")
    yield both
    both.other.run("chmod 755 /opt")
    both.declare()


def good_went_on(fleet: Fleet) -> bool:
    return fleet.good.vps.run("stat -c %a /opt/kestra/config").stdout == "755\n"


def test_both_are_in_the_table(fleet: Fleet) -> None:
    done = fleet.deploy("-y")
    assert done.returncode == 0, done.stderr
    assert "healthy" in row(done, fleet.good.vps)
    assert "healthy" in row(done, fleet.other)


def test_a_bad_setting_of_one_stops_all_before_connecting(fleet: Fleet) -> None:
    fleet.declare(http_port=80800)
    done = fleet.deploy("-y")
    assert done.returncode == 1
    assert f"[{fleet.other.name}] http_port = 80800" in done.stderr
    assert "Connected" not in done.stderr
    assert not good_went_on(fleet)


def test_a_host_that_is_down_is_dropped_with_its_reason(fleet: Fleet) -> None:
    fleet.declare(ssh_port=1)
    done = fleet.deploy("-y")
    assert done.returncode == 1
    assert f"[{fleet.other.name}] Could not connect" in done.stderr
    assert "is the server up, is ssh_port right" in done.stderr
    assert "healthy" in row(done, fleet.good.vps)
    assert "unreachable" in row(done, fleet.other)
    assert good_went_on(fleet)


def test_a_host_that_does_not_fit_is_dropped_with_its_reason(fleet: Fleet) -> None:
    fleet.declare(min_cpus=999)
    before = fleet.other.run("stat -c %y /opt/kestra/.env").stdout
    done = fleet.deploy("-y")
    assert done.returncode == 1
    assert f"[{fleet.other.name}] refused, nothing was changed" in done.stderr
    assert "at least 999 wanted" in done.stderr
    assert "healthy" in row(done, fleet.good.vps)
    assert "refused" in row(done, fleet.other)
    assert good_went_on(fleet)
    assert fleet.other.run("stat -c %y /opt/kestra/.env").stdout == before


def test_a_host_that_fails_half_way_fails_alone(fleet: Fleet) -> None:
    """Its container has to go on, so that its later stages do not run is seen by it."""
    fleet.other.run("chmod 700 /opt && docker stop tools-kestra")
    done = fleet.deploy("-y")
    assert done.returncode == 1
    assert "storage is not writable for uid " in done.stderr
    assert "healthy" in row(done, fleet.good.vps)
    assert "failed" in row(done, fleet.other)
    assert good_went_on(fleet)
    assert fleet.other.run("docker ps -q --filter name=^tools-kestra$").stdout == ""
    fleet.other.run("chmod 755 /opt")
    assert fleet.deploy("-y").returncode == 0


@pytest.mark.parametrize("spoilt", [{"ssh_port": 1}, {"min_cpus": 999}, {}])
def test_without_a_terminal_nothing_is_asked_and_nothing_changed(
    fleet: Fleet, spoilt: dict[str, Any]
) -> None:
    """pyinfra's questions would end in EOFError, and a report to send to its authors."""
    fleet.declare(**spoilt)
    done = fleet.deploy()
    assert done.returncode == 1
    assert "there is no terminal to ask" in done.stderr
    assert "add -y to go on, or --dry to see the plan only" in done.stderr
    assert "EOF" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not good_went_on(fleet)


def test_plan_of_the_others_is_shown(fleet: Fleet) -> None:
    fleet.declare(ssh_hostname="no-such-host.invalid")
    done = fleet.deploy("--dry")
    assert done.returncode == 1
    assert "check the name in the inventory, or set ssh_hostname" in done.stderr
    assert f"1 ({fleet.good.vps.name})" in done.stderr
    assert not good_went_on(fleet)
