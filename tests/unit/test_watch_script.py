"""What the watch tells and what it does not, on a host of files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kestra_provision.profiles.tools import Tools
from tests.unit.watched import Watched


@pytest.fixture
def host(tmp_path: Path) -> Watched:
    return Watched(tmp_path, Tools(notify_command=f"cat >> {tmp_path}/told"))


def test_healthy_is_nothing_to_tell(host: Watched) -> None:
    for _ in range(3):
        done = host.tick()
        assert (done.returncode, done.stderr) == (0, "")
    assert host.told == []


def test_trouble_is_told_once_and_its_end_too(host: Watched) -> None:
    host.health("degraded", postgres="frozen", kestra="ports-closed")
    host.tick()
    host.tick()
    host.health("healthy")
    host.tick()
    host.tick()
    first, second = host.told
    assert (first["state"], first["cause"], first["before"]) == (
        "degraded",
        "postgres:frozen",
        "healthy",
    )
    assert first["health"]["services"][1]["state"] == "frozen"
    assert first["text"].endswith("Kestra degraded (postgres:frozen)")
    assert (second["state"], second["cause"], second["before"]) == (
        "healthy",
        "",
        "postgres:frozen",
    )


def test_effects_of_a_database_that_is_away_are_no_news(host: Watched) -> None:
    for kestra in ("not-answering", "unhealthy", "ports-closed", "restart-loop"):
        host.health("degraded", postgres="stopped", kestra=kestra)
        host.tick()
    assert host.causes == ["postgres:stopped"]


def test_another_cause_is_told_when_it_lasts(host: Watched) -> None:
    host.health("degraded", kestra="ports-closed")
    host.tick()
    host.health("down", kestra="restart-loop")
    host.tick()
    host.health("degraded", kestra="ports-closed")
    host.tick()
    assert host.causes == ["kestra:ports-closed"]
    host.health("down", kestra="restart-loop")
    host.tick()
    host.tick()
    host.tick()
    assert host.causes == ["kestra:ports-closed", "kestra:restart-loop"]


def test_problems_of_the_host_are_told_by_name(host: Watched) -> None:
    host.health("degraded", problems=['disk-full: 3 % free on /, a "b": c', "inodes-full: 1 %"])
    host.tick()
    assert host.causes == ["disk-full inodes-full"]


def test_without_docker_only_that_is_told(host: Watched) -> None:
    down = ["docker-not-running: the daemon does not answer"]
    host.health("down", kestra="unknown", postgres="unknown", problems=down)
    host.tick()
    assert host.causes == ["docker-not-running"]


def test_a_failed_backup_is_told_though_kestra_is_healthy(host: Watched) -> None:
    host.failed(
        "kestra-backup@tools-kestra.service",
        "kestra-watch@tools-kestra.service",
        "kestra-backup@tools-kestra-2.service",
    )
    host.tick()
    host.failed()
    host.tick()
    assert host.causes == ["failed:kestra-backup@tools-kestra.service", "healthy"]
    assert host.told[0]["state"] == "degraded"


def test_a_health_check_that_fails_is_told(host: Watched) -> None:
    host.check.write_text("#!/bin/sh\nexit 3\n")
    host.tick()
    assert host.causes == ["health-check-failed-3"]
    assert host.told[0]["health"] is None


def test_who_starts_gets_its_time(host: Watched) -> None:
    host.health("degraded", kestra="starting")
    host.tick()
    host.health("healthy")
    host.tick()
    assert host.told == []


def test_who_starts_for_ever_is_told(tmp_path: Path) -> None:
    host = Watched(tmp_path, Tools(notify_command=f"cat >> {tmp_path}/told"))
    host.health("degraded", kestra="starting")
    host.tick()
    memory = tmp_path / "var/tools-kestra.watch"
    since = next(x for x in memory.read_text().splitlines() if x.startswith("since="))
    assert since != "since="
    memory.write_text(memory.read_text().replace(since, "since=1000000000"))
    host.tick()
    assert host.causes == ["starts-and-starts"]


def test_what_could_not_be_told_is_tried_again(tmp_path: Path) -> None:
    command = f"cat >> {tmp_path}/told; test -e {tmp_path}/works"
    host = Watched(tmp_path, Tools(notify_command=command))
    host.health("down", kestra="restart-loop")
    assert host.tick().returncode == 1
    done = host.tick()
    assert done.returncode == 1
    assert "notify_command ended with 1; it is tried again" in done.stderr
    (tmp_path / "works").touch()
    assert host.tick().returncode == 0
    host.tick()
    assert host.causes == ["kestra:restart-loop"] * 3


def boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def started(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


@pytest.mark.parametrize("kind", ["run", "manual"])
def test_nothing_is_told_while_somebody_works_here(host: Watched, kind: str) -> None:
    pid = os.getpid()
    alive = {"PID": pid, "STARTED": started(pid), "BOOT": boot()} if kind == "run" else {}
    host.hold_lock({"KIND": kind, "WHO": "me@laptop", "WHY": "restart", **alive})
    host.health("down", kestra="stopped")
    done = host.tick()
    assert (done.returncode, host.told) == (0, [])
    assert "not looked, me@laptop works here: restart" in done.stderr


def test_a_lock_without_a_reason_says_so(host: Watched) -> None:
    host.hold_lock({"KIND": "manual", "WHO": "me@laptop", "WHY": ""})
    assert "not looked, me@laptop works here: no reason given" in host.tick().stderr


@pytest.mark.parametrize(
    "dead",
    [{"STARTED": "1"}, {"BOOT": "another"}, {"PID": "999999999"}],
    ids=["the number is another process's", "before a reboot", "gone"],
)
def test_the_lock_of_a_dead_run_hides_nothing(host: Watched, dead: dict[str, str]) -> None:
    pid = os.getpid()
    holder = {"KIND": "run", "WHO": "me", "PID": pid, "STARTED": started(pid), "BOOT": boot()}
    host.hold_lock({**holder, **dead})
    host.health("down", kestra="stopped")
    host.tick()
    assert host.causes == ["kestra:stopped"]


def test_a_broken_memory_is_forgotten(host: Watched) -> None:
    memory = host.folder / "var/tools-kestra.watch"
    memory.parent.mkdir()
    memory.write_text("told\nticks=$(touch /tmp/never)\nrepairs=x\nseen=\x00\n")
    host.health("down", kestra="stopped")
    assert host.tick().returncode == 0
    assert host.causes == ["kestra:stopped"]


TOKEN = "https://hooks.example.com/T0/canary7hook?a=$b&c=[d]"
#: Notes its arguments and its configuration, and answers as a server would.
_CURL = """#!/bin/sh
folder=${0%/*}
printf '%s\\n' "$@" >> "$folder/arguments"
cat >> "$folder/configuration"
for word; do case $word in @*) cat "${word#@}" >> "$folder/body" ;; esac; done
printf "$(cat "$folder/answer")"
"""


def test_webhook_is_called_with_its_address_on_stdin_alone(tmp_path: Path) -> None:
    host = Watched(tmp_path, Tools(http_proxy="http://10.0.0.1:3128"))
    host.program("curl", _CURL)
    (host.root / ".env").write_text(f"A=b\nKESTRA_NOTIFY_WEBHOOK='{TOKEN}'\n")
    (tmp_path / "bin/answer").write_text("500")
    host.health("down", kestra="stopped")
    shown = host.tick()
    assert shown.returncode == 1
    assert "the webhook was not reached (curl ended with 0, HTTP 500)" in shown.stderr
    (tmp_path / "bin/answer").write_text("204")
    again = host.tick()
    assert again.returncode == 0
    assert (tmp_path / "bin/configuration").read_text() == f'url = "{TOKEN}"\n' * 2
    arguments = (tmp_path / "bin/arguments").read_text()
    assert "--proxy\nhttp://10.0.0.1:3128\n" in arguments
    everything = arguments + shown.stdout + shown.stderr + again.stdout + again.stderr
    everything += "".join(f.read_text() for f in (tmp_path / "var").iterdir() if f.is_file())
    assert "canary7hook" not in everything
    bodies = (tmp_path / "bin/body").read_text().splitlines()
    assert [json.loads(body)["cause"] for body in bodies] == ["kestra:stopped"] * 2


def test_one_way_that_fails_does_not_stop_the_other(host: Watched) -> None:
    (host.root / ".env").write_text(f"KESTRA_NOTIFY_WEBHOOK='{TOKEN}'\n")
    host.program("curl", "#!/bin/sh\nexit 6\n")
    host.health("down", kestra="stopped")
    done = host.tick()
    assert done.returncode == 1
    assert "curl ended with 6" in done.stderr
    assert host.causes == ["kestra:stopped"], "the other way works all the same"
