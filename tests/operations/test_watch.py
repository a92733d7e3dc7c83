"""The watch's schedule: taken away when it is not wanted."""

import subprocess
from pathlib import Path

from kestra_provision.facts.watch import WatchFiles
from kestra_provision.operations import watch
from kestra_provision.profiles.tools import Tools
from tests.operations.fake_host import FakeHost, raw, yielded

UNIT = "kestra-watch@tools-kestra.timer"
TIMER = f"/etc/systemd/system/{UNIT}"
CRON = "/etc/cron.d/kestra-watch-tools-kestra"


def removed(*files: str) -> tuple[list[str], FakeHost]:
    host = FakeHost({WatchFiles: files})
    return raw(yielded(host, watch.removed, settings=Tools())), host


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


def test_fact_names_our_files_only(tmp_path: Path) -> None:
    for name, text in (
        ("a", "# Managed by kestra-provision. x\n"),
        ("b", "#!/bin/sh\n# Managed by kestra-provision. x\n"),
        ("c", "# mine\n"),
        ("d", "1\n2\n# Managed by kestra-provision\n"),
    ):
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in "abcde"]
    command = WatchFiles().command(files=files)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert WatchFiles().process(done.stdout.splitlines()) == tuple(files[:2])
