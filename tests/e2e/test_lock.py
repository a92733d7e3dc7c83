"""One run at a time changes a host, and no dead one keeps the others out."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Site
from tests.e2e.under_way import deploying

_HOLDER = "/var/lib/kestra-provision/tools-kestra.lock/holder"


@pytest.fixture
def site(converged: Site) -> Iterator[Site]:
    """The shared server without a lock, before and after."""
    yield converged
    converged.command("unlock", converged.vps.name, "--force")
    assert not held(converged)


def held(site: Site) -> str:
    return site.vps.run(f"cat {_HOLDER}", check=False).stdout


def test_lock_by_hand_keeps_runs_off_and_outlives_a_reboot(site: Site) -> None:
    name = site.vps.name
    assert site.command("lock", name, "--reason", 'the provider\'s "disk" moves').returncode == 0
    site.vps.run(f"sed -i 's/^BOOT=.*/BOOT=another/; s/^PID=.*/PID=999999/' {_HOLDER}")
    site.vps.run("chmod 777 /opt/kestra/backups")
    refused = site.deploy()
    assert refused.returncode == 1
    assert "locked by hand, " in refused.stderr
    assert 'the provider\'s "disk" moves; nothing was changed' in refused.stderr
    assert f"kestra-provision unlock {name}" in refused.stderr
    assert site.vps.run("stat -c %a /opt/kestra/backups").stdout.strip() == "777"
    removed = site.command("unlock", name)
    assert removed.returncode == 0
    assert 'the provider\'s "disk" moves' in removed.stdout
    assert "is not locked" in site.command("unlock", name).stdout
    assert site.deploy().returncode == 0
    assert held(site) == ""


def test_run_that_is_alive_is_waited_for_and_a_dead_one_is_not(site: Site) -> None:
    name = site.vps.name
    with deploying(site) as first:
        first.until("Starting operation: docker | ")
        first.send(signal.SIGSTOP)  # its connection stays, and with it the process on the server
        second = site.deploy()
        unlocked = site.command("unlock", name)
        first.send(signal.SIGKILL)
        first.end()
    assert second.returncode == unlocked.returncode == 1
    for said in (second.stderr, unlocked.stderr):
        assert "locked by a run that is under way, " in said
        assert f"kestra-provision unlock {name} --force" in said
    assert "KIND=run" in held(site)
    third = site.deploy()
    assert third.returncode == 0
    assert "took over the lock of a run that is gone, " in third.stderr
    assert held(site) == ""
