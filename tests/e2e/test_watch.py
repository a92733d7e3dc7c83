"""The host's own watch: what it tells, to whom, and what it repairs, with a real timer's service.

The service is started by hand, because nobody wants to wait for the timer; that the timer runs is
part of `tests/machine` and of the walk over all operations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from kestra_provision.settings import passwords
from tests.e2e.conftest import FREEZE_DATABASE, Site

TOKEN = "canary7hook-Zr8mQ2wK"
_TOLD = "/root/told"
#: Answers a POST and, while the caller waits, writes down what `ps` shows of it.
_SERVER = """
import http.server, subprocess
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open("/root/hooked", "ab").write(self.path.encode() + b" " + body)
        open("/root/processes", "ab").write(subprocess.check_output(["ps", "-eo", "args"]))
        self.send_response(204)
        self.end_headers()
    log_message = lambda *_: None
http.server.HTTPServer(("127.0.0.1", 9876), Handler).serve_forever()
"""
_SERVICE = "systemd-run --quiet --collect --unit=test-hook"
_WATCH = "kestra-watch@tools-kestra"
_FAILING = "kestra-dummy@tools-kestra.service"
_DUMMY = f"/run/systemd/system/{_FAILING}"


class Watched(NamedTuple):
    """The shared server with an operator who wants to be told; `shown` is what a deploy said."""

    site: Site
    shown: str

    def tick(self) -> None:
        """One look, as the timer has it made; it fails when somebody could not be told."""
        self.site.vps.run(f"systemctl start {_WATCH}.service")

    @property
    def told(self) -> list[dict[str, Any]]:
        lines = self.site.vps.run(f"cat {_TOLD} 2>/dev/null || true").stdout.splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def watched(converged: Site) -> Iterator[Watched]:
    """Ends with a deploy that mends what was broken, and without an operator again."""
    site = converged
    env_file = site.workspace.directory / ".env"
    env_file.write_text(f"{passwords.WEBHOOK}=http://127.0.0.1:9876/{TOKEN}\n")
    site.declare(notify_command=f"cat >> {_TOLD}", self_repair_per_hour=1)
    done = site.deploy("-vvv", "--diff")
    env_file.unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    site.vps.run("cat > /root/hook.py", stdin=_SERVER)
    # The timer may not look in between, and what it saw in other tests is forgotten.
    site.vps.run(
        f"systemctl stop {_WATCH}.timer {_WATCH}.service; "
        f"rm -f /var/lib/kestra-provision/*.watch* {_TOLD}; {_SERVICE} python3 /root/hook.py; "
        "until ss -Hltn | grep -q 127.0.0.1:9876; do sleep 0.1; done"
    )
    yield Watched(site, done.stdout + done.stderr)
    site.vps.run(
        f"systemctl stop test-hook; rm -f {_DUMMY}; systemctl daemon-reload; "
        f"systemctl reset-failed; sed -i /^{passwords.WEBHOOK}=/d /opt/kestra/.env; "
        f"rm -f /root/hook* /root/processes {_TOLD}"
    )
    site.declare()
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.plan() == []


def test_healthy_is_nothing_to_tell(watched: Watched) -> None:
    before = watched.told
    watched.tick()
    watched.tick()
    assert watched.told == before


def test_a_failed_unit_is_told_and_its_end_too(watched: Watched) -> None:
    before = len(watched.told)
    run = watched.site.vps.run
    run(f"cat > {_DUMMY}", stdin="[Service]\nType=oneshot\nExecStart=/bin/false\n")
    run(f"systemctl daemon-reload; ! systemctl start {_FAILING}")
    watched.tick()
    watched.tick()
    run(f"systemctl reset-failed {_FAILING}")
    watched.tick()
    told = watched.told[before:]
    assert [m["cause"] for m in told] == [f"failed:{_FAILING}", ""]
    assert [m["state"] for m in told] == ["degraded", "healthy"]


def test_a_frozen_database_is_told_repaired_and_told_again(watched: Watched) -> None:
    before = len(watched.told)
    watched.site.vps.run(FREEZE_DATABASE)
    watched.tick()
    (told,) = watched.told[before:]
    assert (told["state"], told["cause"]) == ("degraded", "postgres:frozen")
    watched.tick()
    _, repaired = watched.told[before:]
    assert (repaired["state"], repaired["before"]) == ("healthy", "postgres:frozen")
    assert repaired["repair"].startswith("healthy after ")
    assert repaired["health"]["overallHealth"] == "healthy"
    run = watched.site.vps.run
    entry = json.loads(run("tail -n 1 /opt/kestra/logs/audit.jsonl").stdout)
    assert (entry["action"], entry["result"]) == ("self-repair", "healthy")
    assert entry["reason"] == "postgres:frozen"
    assert "docker logs tools-kestra" in run("cat /opt/kestra/logs/*-self-repair.log").stdout
    assert run("ls -d /var/lib/kestra-provision/*.lock", check=False).returncode != 0
    journal = run(f"journalctl -o cat -u {_WATCH}.service --no-pager").stdout
    assert "Kestra degraded (postgres:frozen)" in journal
    assert_hooked(watched)


def assert_hooked(watched: Watched) -> None:
    """The webhook got the same as the command, and nobody else its address."""
    run = watched.site.vps.run
    hooked = [line.partition(" ") for line in run("cat /root/hooked").stdout.splitlines()]
    assert {path for path, _, _ in hooked} == {f"/{TOKEN}"}
    assert [json.loads(body) for _, _, body in hooked] == watched.told
    processes = run("cat /root/processes").stdout
    assert "curl --disable" in processes, "ps was looked at while curl ran"
    for place, text in {
        "the deploy": watched.shown,
        "ps": processes,
        "the journal": run("journalctl -o cat --no-pager").stdout,
        "the containers": run("docker inspect $(docker ps -aq)").stdout,
    }.items():
        assert (TOKEN in text) is False, place
    left = run(f"grep -rlsF {TOKEN} /opt /etc /var/lib/kestra-provision /tmp | sort").stdout.split()
    assert left == ["/opt/kestra/.env"]


def test_without_an_interval_nobody_looks_and_nothing_of_it_is_left(watched: Watched) -> None:
    site = watched.site
    site.declare(watch_interval_minutes=0)
    assert "watch | no watch" in site.plan()
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    left = "ls /etc/systemd/system/kestra-watch* /opt/kestra/scripts/maintenance/watch.sh"
    assert site.vps.run(f"{left} 2>/dev/null", check=False).stdout == ""
    state = f"systemctl show -P LoadState {_WATCH}.timer {_WATCH}.service"
    assert site.vps.run(state).stdout.split() == ["not-found", "not-found"]
    assert site.plan() == []
