"""`logs` shows what docker does less the secrets, and leaves nothing behind on the host."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Site
from tests.vps.workspace import clean_environment

POSTGRES = "tools-kestra-postgres"
PROGRAM = Path(sys.executable).with_name("kestra-provision")


def follow(site: Site, line: str = 'exec "$@"') -> subprocess.Popen[str]:
    """`logs --follow`, its stdout here.

    + line: of bash, what becomes of the command in its arguments
    """
    command = [str(PROGRAM), "logs", site.vps.name, "--service", "postgres", "--follow"]
    return subprocess.Popen(
        ["bash", "-c", line, "bash", *command],
        cwd=site.workspace.directory,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def followers(site: Site) -> str:
    """What the host still runs for a follower; it may take a moment to end."""
    deadline = time.monotonic() + 120
    while left := site.vps.run("pgrep -af '[d]ocker logs' || true").stdout:
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return left


def test_secrets_are_struck_out(converged: Site) -> None:
    """PostgreSQL logs each statement that fails, whatever stands in it."""
    converged.vps.run(
        ". /opt/kestra/.env; echo \"selekt '$KESTRA_DB_PASSWORD' as seen;\" | "
        f"docker exec -i {POSTGRES} psql -U kestra -d kestra"
    )
    secret = converged.vps.run(". /opt/kestra/.env; echo $KESTRA_DB_PASSWORD").stdout.strip()
    done = converged.command(
        "logs", converged.vps.name, "--service", "postgres", "--since", "10m", "--tail", "all"
    )
    assert done.returncode == 0, done.stderr
    assert "selekt '*****' as seen" in done.stdout
    assert secret
    assert secret not in done.stdout + done.stderr


def test_tail_is_what_docker_shows(converged: Site) -> None:
    done = converged.command("logs", converged.vps.name, "--service", "kestra", "--tail", "3")
    assert done.returncode == 0, done.stderr
    assert 1 <= len(done.stdout.splitlines()) <= 3
    assert done.stderr == ""


def test_all_services_in_the_order_of_time_and_only_what_was_asked_for(converged: Site) -> None:
    name = converged.vps.name
    done = converged.command("logs", name)
    assert done.returncode == 0, done.stderr
    times = [line.partition(" | ")[2].split()[0] for line in done.stdout.splitlines()]
    services = {line.partition(" | ")[0].strip() for line in done.stdout.splitlines()}
    assert services == set(converged.stack.containers)
    assert times == sorted(times)
    found = converged.command("logs", name, "--grep", "ready to accept connections")
    assert found.returncode == 0, found.stderr
    assert {line.split()[0] for line in found.stdout.splitlines()} == {"postgres"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_follower_that_ends_leaves_no_process_behind(
    converged: Site, number: signal.Signals, code: int
) -> None:
    process = follow(converged)
    assert process.stdout
    try:
        assert process.stdout.readline()
        running = converged.vps.run("pgrep -af '[d]ocker logs' || true").stdout
    finally:
        process.send_signal(number)
        _, complaints = process.communicate(timeout=60)
    assert "--follow" in running
    assert (process.returncode, complaints) == (code, "")
    assert followers(converged) == ""


def test_reader_that_goes_away_ends_a_follower_in_silence(converged: Site) -> None:
    process = follow(converged, '"$@" | head -n 1; echo ${PIPESTATUS[0]}')
    shown, complaints = process.communicate(timeout=60)
    assert shown.splitlines()[-1] == "0"
    assert (len(shown.splitlines()), complaints) == (2, "")
    assert followers(converged) == ""
