"""A systemd unit: started, enabled, and started again where it is older than what it reads."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kestra_provision.facts.unit import Unit, UnitSeen
from kestra_provision.operations import unit
from kestra_provision.run.findings import collecting
from tests.operations.fake_host import FakeHost, raw, yielded

UNIT = "kestra-watch@tools-kestra.timer"
BESIDE = ["kestra-watch@tools-kestra.service"]
RIGHT = UnitSeen(known=True, active=True, enabled=True)
START = (
    f"systemctl enable {UNIT} && systemctl restart {UNIT} && {{ sleep 1; "
    f"systemctl is-active -q {UNIT} || {{ echo '{UNIT} ends at once:' >&2; "
    f"journalctl -n 12 --no-pager -o cat -u {UNIT} >&2; false; }}; }}"
)


def running(seen: UnitSeen) -> tuple[list[str], FakeHost]:
    host = FakeHost({Unit: seen})
    asked = {"unit": UNIT, "beside": BESIDE, "reads": ["/etc/default/x"]}
    return raw(yielded(host, unit.running, **asked)), host


def test_running_unit_is_left_alone() -> None:
    commands, host = running(RIGHT)
    assert commands == []
    assert host.noops == [f"{UNIT} runs"]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (UnitSeen(known=True, enabled=True), "stopped; declared: active"),
        (UnitSeen(known=True, active=True), "not enabled; declared: enabled"),
        (replace(RIGHT, older=True), "older; declared: started after /etc/default/x"),
    ],
)
def test_stopped_disabled_or_older_unit_is_started(seen: UnitSeen, said: str) -> None:
    commands, host = running(seen)
    assert commands == [START]
    assert host.logs == [f"{UNIT}: {said}"]


def test_drift_check_says_that_a_unit_is_neither_active_nor_enabled() -> None:
    host = FakeHost({Unit: UnitSeen(known=True)})
    with collecting(host.as_host) as found:
        yielded(host, unit.running, unit=UNIT)
    assert [str(one) for one in found] == [
        f"{UNIT}: stopped and not enabled; declared: enabled and active"
    ]


def test_masked_unit_is_unmasked() -> None:
    commands, host = running(UnitSeen(masked=True))
    assert commands == [f"systemctl unmask {UNIT} && {START}"]
    assert host.logs == [f"{UNIT}: masked; declared: enabled and active"]


@pytest.mark.parametrize("known", [True, False])
def test_new_unit_is_started_without_a_word(known: bool) -> None:
    commands, host = running(UnitSeen(known=known))
    assert commands == [START]
    assert host.logs == []


def test_units_that_systemd_has_not_read_are_read_first() -> None:
    commands, host = running(replace(RIGHT, stale=True))
    assert commands == ["systemctl daemon-reload", START]
    assert host.logs == [f"{UNIT}: systemd has an older one; declared: as its file says"]


SHOWN = """\
LoadState=loaded
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no

LoadState=loaded
ActiveState=inactive
UnitFileState=static
NeedDaemonReload={}
"""


@pytest.mark.parametrize("stale", [True, False])
def test_fact_reads_what_systemctl_shows(stale: bool) -> None:
    units = SHOWN.format("yes" if stale else "no").splitlines()
    seen = Unit().process(["", "@@units", *units, "", "@@started", "1700000000", ""])
    assert seen == replace(RIGHT, stale=stale)


@pytest.mark.parametrize(("written", "older"), [(1_700_000_000, False), (1_700_000_001, True)])
def test_fact_compares_the_start_with_what_is_read(
    tmp_path: Path, written: int, older: bool
) -> None:
    """Its command runs here, with a systemctl that was started at 1700000000."""
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(
        "#!/bin/sh\n"
        'case "$*" in *ActiveEnterTimestamp*) echo "Tue 2023-11-14 22:13:20 UTC";; '
        "*) printf '%s\\n' LoadState=loaded ActiveState=active UnitFileState=enabled;; esac\n"
    )
    systemctl.chmod(0o755)
    (tmp_path / "a b").write_text("x")
    os.utime(tmp_path / "a b", (written, written))
    done = subprocess.run(
        Unit().command(unit=UNIT, reads=[str(tmp_path / "a b")]),
        shell=True,
        capture_output=True,
        text=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "TZ": "America/New_York"},
        check=True,
    )
    assert Unit().process(done.stdout.splitlines()) == replace(RIGHT, older=older)


def test_fact_without_systemd() -> None:
    assert Unit().process(["", "@@units", "", "@@started", ""]) == UnitSeen()


@pytest.mark.parametrize("told", ["Failed to connect to bus", ""], ids=["complains", "hangs"])
@pytest.mark.parametrize("here", [True, False])
def test_systemd_that_does_not_tell_is_no_answer(tmp_path: Path, told: str, here: bool) -> None:
    """On a host that has it; on another one nothing is a unit."""
    program = tmp_path / "timeout"
    program.write_text(f"#!/bin/sh\n[ -z '{told}' ] && exit 124\necho '{told}' >&2; exit 1\n")
    program.chmod(0o755)
    command = Unit().command(unit=UNIT).replace("/run/systemd/system", str(tmp_path / "run"))
    if here:
        (tmp_path / "run").mkdir()
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command], env={"PATH": path}, capture_output=True, text=True, timeout=60
    )
    said = f"systemctl show does not tell: {told or 'nothing for 60 s'}\n"
    assert (done.returncode, done.stderr) == ((1, said) if here else (0, ""))
