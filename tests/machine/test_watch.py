"""Stage watch: a host that looks after its Kestra does so now, and after a boot."""

import pytest
from testinfra.host import Host

from tests.machine.stack import Stack


@pytest.fixture
def project(stack: Stack) -> str:
    return stack.kestra.labels["com.docker.compose.project"]


@pytest.fixture
def units(project: str) -> str:
    """Timer and service, for systemctl."""
    return f"kestra-watch@{project}.timer kestra-watch@{project}.service"


@pytest.fixture(autouse=True)
def _watched(host: Host, stack: Stack) -> None:
    if not host.file(f"{stack.root}/scripts/maintenance/watch.sh").exists:
        pytest.skip("watch_interval_minutes = 0: nobody looks")


def needs_systemd(host: Host) -> None:
    if not host.file("/run/systemd/system").exists:
        pytest.skip("cron calls it here")


def test_only_root_reads_the_operators_command(host: Host, stack: Stack) -> None:
    file = host.file(f"{stack.root}/scripts/maintenance/watch.sh")
    assert (f"{file.mode:o}", file.uid, file.gid) == ("700", 0, 0)


def test_it_is_scheduled(host: Host, project: str) -> None:
    if host.file("/run/systemd/system").exists:
        timer = host.service(f"kestra-watch@{project}.timer")
        assert timer.is_enabled
        assert timer.is_running
    else:
        assert host.file(f"/etc/cron.d/kestra-watch-{project}").exists


def test_systemd_finds_nothing_wrong_with_its_units(host: Host, units: str) -> None:
    needs_systemd(host)
    done = host.run(f"systemd-analyze verify {units} 2>&1")
    about_ours = [line for line in done.stdout.splitlines() if "kestra-watch" in line]
    assert about_ours == []


def test_systemd_has_the_units_as_they_are_written(host: Host, units: str) -> None:
    needs_systemd(host)
    shown = host.check_output(f"systemctl show -p NeedDaemonReload {units}")
    assert "yes" not in shown


def test_its_last_look_told_who_had_to_be_told(host: Host, project: str) -> None:
    needs_systemd(host)
    service = f"kestra-watch@{project}.service"
    result = host.check_output(f"systemctl show -P Result {service}")
    assert result == "success", f"journalctl -u {service}"


def test_it_remembers_what_it_told_where_only_root_reads_it(host: Host, project: str) -> None:
    memory = host.file(f"/var/lib/kestra-provision/{project}.watch")
    if not memory.exists:
        pytest.skip("it did not look yet")
    assert (f"{memory.mode:o}", memory.uid) == ("600", 0)
