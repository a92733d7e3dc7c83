"""A Kestra that shuts down by itself gets no signal before its last tasks have ended."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kestra_provision.profiles.tools import Tools
from kestra_provision.stack.limits import TASKS_GRACE
from tests.unit.host_files import installed
from tests.unit.test_host_kestra_life import ENDS, READY, Life, at


class Worker:
    """The management port: how many tasks are under way, one answer after the other."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.asked = 0
        self.then: Callable[[], None] = lambda: None
        worker = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path == "/worker"
                answer = worker.answers[min(worker.asked, len(worker.answers) - 1)]
                worker.asked += 1
                worker.then()
                self.send_response(200 if answer else 404)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.server.shutdown()
    worker.server.server_close()


@pytest.fixture
def life(tmp_path: Path, worker: Worker) -> Life:
    """It shuts down by itself."""
    life = Life(installed(Tools(), tmp_path), 1, worker.server.server_port)
    health = life.host.root / "scripts/lib/health.sh"
    health.write_text(health.read_text().replace("sleep 2", "sleep 0.1"))
    life.says((3, READY), (20, ENDS["a queue"]))
    life.show()
    return life


def running(count: int) -> str:
    return f'{{"runningCount":{count},"runnings":[{{"type":"task"}}]}}'


def left_running(life: Life, grace: int = TASKS_GRACE, service: str = "kestra") -> bool:
    """Whether it is what it was after the wait, so that a restart is due."""
    lib = life.host.root / "scripts/lib"
    script = f". {lib}/common.sh; . {lib}/health.sh; tasks_grace={grace}; let_tasks_end {service}"
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{life.host.root}/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("", "")
    return done.returncode == 0


def test_its_last_tasks_end_first(life: Life, worker: Worker) -> None:
    worker.answers = [running(2), running(1), running(0)]
    assert left_running(life)
    assert worker.asked == 3


def test_their_time_is_limited(life: Life, worker: Worker) -> None:
    worker.answers = [running(1)]
    assert left_running(life, grace=0)
    assert worker.asked == 1


@pytest.mark.parametrize("answer", ["", "<html>", "{}"])
def test_one_that_does_not_tell_is_not_waited_for(life: Life, worker: Worker, answer: str) -> None:
    worker.answers = [answer]
    assert left_running(life)
    assert worker.asked == 1


def test_one_that_does_not_shut_down_waits_itself_when_it_is_told_to(
    life: Life, worker: Worker
) -> None:
    life.says((3, READY))
    assert left_running(life)
    assert worker.asked == 0


def test_one_that_was_started_again_meanwhile_needs_no_restart(life: Life, worker: Worker) -> None:
    def again() -> None:
        life.began = 60
        life.show()

    worker.answers, worker.then = [running(1)], again
    assert not left_running(life)
    assert worker.asked == 1
    assert at(60) in (life.host.answers / "tools-kestra").read_text()


def test_another_service_has_none(life: Life, worker: Worker) -> None:
    assert left_running(life, service="postgres")
    assert worker.asked == 0
