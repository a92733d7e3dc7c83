"""Restart, stop and start: no work is lost, every end is well, and all of it is on record."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.e2e.api import api, execute
from tests.e2e.conftest import FREEZE_DATABASE, WAIT_FOR_KESTRA, Site
from tests.e2e.sample import fair
from tests.e2e.under_way import deploying


@pytest.fixture
def site(converged: Site) -> Site:
    """The shared server: each test here ends with a stack that is as declared."""
    return converged


@pytest.fixture
def redeclared(site: Site) -> Iterator[Site]:
    """The same for a test that declares something else, as it was declared afterwards."""
    yield site
    site.declare()
    assert site.deploy().returncode == 0


def restart(site: Site, *arguments: str) -> CompletedProcess[str]:
    return site.workspace.pyinfra("inventory", "runbooks/restart.py", "-y", *arguments)


def last_record(site: Site) -> dict[str, Any]:
    shown = site.command("audit", site.vps.name, "--tail", "1", "--json")
    (record,) = json.loads(shown.stdout)["records"]
    found: dict[str, Any] = record
    return found


def assert_well(site: Site, code: int, said: str) -> None:
    """Ended so: healthy, one running container each, no lock."""
    assert code == 0, said
    assert "overallHealth=healthy" in said
    containers = site.vps.run("docker ps --format '{{.Names}}' | sort").stdout.split()
    assert containers == sorted(site.stack.containers.values())
    assert site.vps.run("ls -d /var/lib/kestra-provision/*.lock", check=False).stdout == ""


def test_restart_waits_for_work_and_leaves_a_record(site: Site) -> None:
    password = site.vps.run(
        ". /opt/kestra/.env; echo $KESTRA_DB_PASSWORD; docker exec tools-kestra-postgres "
        "psql -U kestra -c \"spelt wrong: '$KESTRA_DB_PASSWORD'\"",
        check=False,
    ).stdout.strip()
    options = ("--data", "postgres=true", "--data", "reason=a new kernel")
    with deploying(site, *options, file="runbooks/restart.py") as run:
        # It goes on only when there is work, which ends while the run waits for it in step 5.
        run.until("Starting operation: restart | step 3/10")
        run.send(signal.SIGSTOP)
        execution = execute(site, "awaited", "PT15S")
        run.send(signal.SIGCONT)
        code = run.end()
        said = run.said
    assert_well(site, code, said)
    steps = re.findall(r"Starting operation: restart \| step (\d+)/10", said)
    assert steps == [str(number) for number in range(1, 11)]
    assert "waiting for 1 execution to end" in said
    assert "no execution is running" in said
    assert len(re.findall(r"✓ \w{12} stopped", said)) == 2
    assert "skipped: not asked for (--pull" in said
    ended = json.loads(api(site, f"call executions/{execution}"))
    assert ended["state"]["current"] == "SUCCESS"

    (log,) = re.findall(r"saved: (\S+)", said)
    assert site.vps.run(f"stat -c '%a %u' {log}").stdout.strip() == "640 0"
    text = site.vps.run(f"cat {log}").stdout
    assert "spelt wrong: '*****'" in text
    assert len(password) > 10
    assert password not in text + said

    record = last_record(site)
    assert record["result"] == "healthy"
    assert record["reason"] == "a new kernel"
    assert "@" in record["operator"]
    assert record["before"] == record["after"]
    assert record["after"]["kestra"] == site.data["kestra_image"]
    table = site.command("audit", site.vps.name).stdout
    assert "a new kernel" in table
    assert site.vps.run("stat -c '%a %u' /opt/kestra/logs/audit.jsonl").stdout.strip() == "640 0"


def test_drift_stops_it_until_accepted(redeclared: Site) -> None:
    site = redeclared
    started = "docker inspect -f '{{.State.StartedAt}}' tools-kestra"
    before = site.vps.run(started).stdout
    site.vps.run("chmod 777 /opt/kestra/backups")
    site.declare(kestra_memory_mb=1999)
    refused = restart(site)
    assert refused.returncode == 1
    assert "drift: directories: /opt/kestra/backups: directory 777" in refused.stderr
    assert "nothing was changed" in refused.stderr
    (go_on,) = re.findall(r"kestra-provision (restart .*--accept-drift)", refused.stderr)
    assert site.vps.run(started).stdout == before
    done = site.command(*go_on.split(), "--yes", "--drain-timeout", "0")
    assert_well(site, done.returncode, done.stderr)
    assert site.vps.run("stat -c %a /opt/kestra/backups").stdout.strip() == "700"
    memory = site.vps.run("docker inspect -f '{{.HostConfig.Memory}}' tools-kestra").stdout
    assert int(memory) == 1999 * 1024 * 1024
    record = last_record(site)
    assert record["before"]["config"] != record["after"]["config"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "accept_drft=true"), "did you mean accept_drift?"),
        (("--data", "pull=perhaps"), "pull = 'perhaps'"),
        (("--data", "htp_port=1"), "did you mean http_port?"),
    ],
)
def test_options_are_judged_before_connecting(
    converged: Site, arguments: tuple[str, ...], words: str
) -> None:
    done = restart(converged, *arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Connecting" not in done.stderr


@pytest.mark.parametrize(
    ("sickness", "point", "number"),
    fair(
        [
            ("docker stop tools-kestra-postgres", "restart | step 8/10", signal.SIGINT),
            (FREEZE_DATABASE, "compose up: ", signal.SIGKILL),
        ],
        2,
    ),
)
def test_sick_stack_and_a_killed_restart_end_well(
    site: Site, sickness: str, point: str, number: signal.Signals
) -> None:
    site.vps.run(sickness)
    with deploying(site, file="runbooks/restart.py") as run:
        run.until(point)
        run.send(number)
        run.end()
        told = "no execution is running|going on without an answer|skipped: Kestra does not run"
        assert re.search(told, run.said)
    if number == signal.SIGINT:
        assert re.search(rf"\[{site.vps.name}\] done: .*step 6/10: Kestra stops", run.said)
        assert f"[{site.vps.name}] go on: kestra-provision restart {site.vps.name}\n" in run.said
    done = restart(site, "--data", "reason=it is sick")
    assert_well(site, done.returncode, done.stderr)
    assert last_record(site)["reason"] == "it is sick"


def test_work_is_waited_for_where_kestra_listens_now_and_with_the_login_it_has_now(
    redeclared: Site,
) -> None:
    """Which are neither those of the inventory nor those of `.env` any more."""
    site = redeclared
    execution = execute(site, "elsewhere", "PT20S")
    site.vps.run("sed -i 's/^\\(KESTRA_BASICAUTH_PASSWORD\\)=.*/\\1=Edited-1/' /opt/kestra/.env")
    site.declare(http_port=9180, basic_auth_username="new@kestra.local")
    done = restart(site, "--data", "accept_drift=true")
    assert_well(site, done.returncode, done.stderr)
    assert "waiting for 1 execution to end" in done.stderr
    assert "no execution is running" in done.stderr
    ended = json.loads(api(site, f"call executions/{execution}"))
    assert ended["state"]["current"] == "SUCCESS"


def test_deploy_that_must_stop_kestra_waits_for_work(redeclared: Site) -> None:
    site = redeclared
    execution = execute(site, "deployed", "PT20S")
    site.declare(kestra_memory_mb=1998)
    done = site.deploy()
    assert done.returncode == 0, done.stderr
    assert "waiting for 1 execution to end" in done.stderr
    assert done.stderr.index("no execution is running") < done.stderr.index("compose up")
    ended = json.loads(api(site, f"call executions/{execution}"))
    assert ended["state"]["current"] == "SUCCESS"


def test_what_process_tasks_leave_is_reaped(site: Site) -> None:
    """An orphan becomes a child of the container's first process."""
    left = site.vps.run(
        'docker exec tools-kestra sh -c \'sh -c "sleep 0.2 &"; sleep 1; '
        'cat /proc/[0-9]*/status 2>/dev/null\' | grep -c "^State:.Z"',
        check=False,
    )
    assert left.stdout == "0\n", left


def test_stop_that_meets_a_restart_is_not_lost(site: Site) -> None:
    """Docker starts the container all the same, and kills it after the whole grace period."""
    since = site.vps.run("date +%s").stdout.strip()
    for pause in (0.05, 0.12, 0.2, 0.3):
        said = site.vps.run(
            f"pid=$(docker inspect -f '{{{{.State.Pid}}}}' tools-kestra); kill -9 $pid; "
            f"sleep {pause}; /opt/kestra/tools/kestra/scripts/stop.sh"
        )
        assert re.search(r"✓ \w{12} stopped", said.stdout), said
        state = site.vps.run(
            "docker inspect -f '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}' tools-kestra"
        )
        assert state.stdout.split() == ["exited", "unless-stopped"]
        site.vps.run("docker start tools-kestra")
    told = site.vps.run(
        f"docker events --since {since} --until $(date +%s) --filter container=tools-kestra "
        "--filter event=kill --format '{{.Actor.Attributes.signal}}'"
    )
    assert set(told.stdout.split()) == {"15"}
    site.vps.run(WAIT_FOR_KESTRA)


def test_stop_and_start_and_what_is_left_running(site: Site) -> None:
    name = site.vps.name
    left = execute(site, "left", "PT30S")
    stopped = site.command("stop", name, "--yes", "--drain-timeout", "0")
    assert stopped.returncode == 0, stopped.stderr
    assert re.search(r"restart\.test/left \w+, (RUNNING|CREATED) since 20", stopped.stderr)
    states = site.vps.run("docker ps -a --format '{{.Names}} {{.State}}' | sort").stdout.split()
    assert states == ["tools-kestra", "exited", "tools-kestra-postgres", "running"]
    assert last_record(site)["result"] == "stopped"
    # Meant as it was, it is nothing for the watch to tell.
    watch = "systemctl start kestra-watch@tools-kestra.service"
    memory = site.vps.run(f"{watch}; cat /var/lib/kestra-provision/tools-kestra.watch").stdout
    assert "told=\n" in memory
    again = site.command("stop", name, "--yes")
    assert again.returncode == 0
    assert "no container running" in again.stderr
    started = site.command("start", name, "--yes")
    assert_well(site, started.returncode, started.stderr)
    assert (last_record(site)["action"], last_record(site)["result"]) == ("start", "healthy")
    # It began anew, and other tests need not wait for it.
    api(site, f"call executions/{left}/kill -X DELETE")
