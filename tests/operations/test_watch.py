"""The watch's schedule: put back when it differs, taken away when it is not wanted."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kestra_provision.facts.watch import Watch, WatchSeen
from kestra_provision.operations import watch
from kestra_provision.settings import Settings
from tests.operations.fake_host import FakeHost, raw, yielded

UNIT = "kestra-watch@tools-kestra.timer"
UNITS = [UNIT, "kestra-watch@tools-kestra.service"]
RIGHT = WatchSeen(active=True, enabled=True)
START = f"systemctl enable {UNIT} && systemctl restart {UNIT}"
TIMER = f"/etc/systemd/system/{UNIT}"
CRON = "/etc/cron.d/kestra-watch-tools-kestra"


def scheduled(seen: WatchSeen) -> tuple[list[str], FakeHost]:
    host = FakeHost({Watch: seen})
    return raw(yielded(host, watch.scheduled, settings=Settings())), host


def removed(*files: str) -> tuple[list[str], FakeHost]:
    host = FakeHost({Watch: replace(RIGHT, files=files)})
    return raw(yielded(host, watch.removed, settings=Settings())), host


def test_running_timer_is_left_alone() -> None:
    commands, host = scheduled(RIGHT)
    assert commands == []
    assert host.noops == [f"{UNIT} runs"]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (WatchSeen(enabled=True), f"{UNIT}: stopped; declared: active"),
        (WatchSeen(active=True), f"{UNIT}: not enabled; declared: enabled"),
    ],
)
def test_stopped_or_disabled_timer_is_started(seen: WatchSeen, said: str) -> None:
    commands, host = scheduled(seen)
    assert commands == [START]
    assert host.logs == [said]


def test_new_timer_is_started_without_a_word() -> None:
    commands, host = scheduled(WatchSeen())
    assert commands == [START]
    assert host.logs == []


def test_units_that_systemd_has_not_read_are_read_first() -> None:
    commands, host = scheduled(replace(RIGHT, stale=True))
    assert commands == ["systemctl daemon-reload", START]
    assert host.logs == [f"{UNIT}: systemd has an older one; declared: as its file says"]


def test_no_watch_is_nothing_to_remove() -> None:
    commands, host = removed()
    assert commands == []
    assert host.noops == ["no watch"]


def test_a_timer_is_stopped_before_it_is_removed() -> None:
    commands, host = removed(TIMER, "/opt/kestra/scripts/lib/notify.sh")
    assert commands == [
        f"systemctl disable --now {UNIT}",
        f"rm -f {TIMER} /opt/kestra/scripts/lib/notify.sh",
        "systemctl daemon-reload",
    ]
    assert len(host.logs) == 2


def test_without_systemd_it_is_not_called() -> None:
    commands, _ = removed(CRON)
    assert commands == [f"rm -f {CRON}"]


SHOWN = """\
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no

ActiveState=inactive
UnitFileState=static
NeedDaemonReload={}
"""


@pytest.mark.parametrize("stale", [True, False])
def test_fact_reads_what_systemctl_shows(stale: bool) -> None:
    units = SHOWN.format("yes" if stale else "no").splitlines()
    seen = Watch().process(["", "@@units", *units, "", "@@files", CRON, ""])
    assert seen == WatchSeen(active=True, enabled=True, stale=stale, files=(CRON,))


def test_fact_without_systemd() -> None:
    assert Watch().process(["", "@@units", "", "@@files", ""]) == WatchSeen()


def test_fact_names_our_files_only(tmp_path: Path) -> None:
    for name, text in (
        ("a", "# Managed by kestra-provision. x\n"),
        ("b", "#!/bin/sh\n# Managed by kestra-provision. x\n"),
        ("c", "# mine\n"),
        ("d", "1\n2\n# Managed by kestra-provision\n"),
    ):
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in "abcde"]
    command = Watch().command(units=UNITS, files=files)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert Watch().process(done.stdout.splitlines()).files == tuple(files[:2])
