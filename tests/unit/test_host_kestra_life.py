"""A Kestra that answers and is at its end, by its log and by when its database was started."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.profiles.tools import Tools
from kestra_provision.stack.limits import JUST_FAILED
from tests.unit.checked_host import Host, free_port
from tests.unit.host_files import installed
from tests.unit.test_host_health_check import kestra

__all__ = ["kestra"]
START = datetime(2026, 1, 31, 12, tzinfo=UTC)
QUEUE = (
    "Fatal error while polling the 'io.kestra.core.runners.WorkerJob' queue. Initiating shutdown."
)
READY = (
    "19:31:57.272 INFO  standalone io.kestra.cli.AbstractCommand Health endpoint is available at"
)
CONTEXT = "i.kestra.core.contexts.KestraContext Kestra server - Shutdown initiated"


def at(seconds: float) -> str:
    """As Docker writes the time so long after Kestra's start."""
    return (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def coloured(level: str, thread: str, logger: str, message: str) -> str:
    """A line of 1.3, which colours even where nobody looks."""
    colours = f"\x1b[34m{level} \x1b[0;39m \x1b[35m{thread}\x1b[0;39m \x1b[36m{logger}\x1b[0;39m"
    return f"19:34:12.725 {colours} {message}"


class Life:
    """A stack whose Kestra answers, with PostgreSQL started before it, and what its log says."""

    def __init__(self, root: Path, ui: int, management: int) -> None:
        self.host = Host(root)
        self.log, self.began = str(root / "f00-json.log"), 0.0
        self.ports: dict[str, Any] = {"ui": ui, "management": management}
        self.check = "healthy"
        self.postgres(-10)
        (self.host.answers / "ready").touch()
        self.says((3, READY))

    def postgres(self, seconds: float, status: str = "running") -> None:
        self.host.container("tools-kestra-postgres", status, started=at(seconds))

    def says(self, *lines: tuple[float, str], file: str = "") -> None:
        """The log, as Docker's driver keeps it."""
        text = "".join(
            json.dumps({"log": f"{line}\n", "stream": "stdout", "time": at(seconds)}) + "\n"
            for seconds, line in lines
        )
        Path(f"{self.log}{file}").write_text(text.replace('": "', '":"').replace('", "', '","'))

    @property
    def state(self) -> str:
        return self.look()[0]

    def show(self) -> None:
        """Kestra's container, as Docker has it now."""
        said = {"started": at(self.began), "log": self.log, "check": self.check}
        self.host.container("tools-kestra", **said, **self.ports)

    def look(self) -> tuple[str, str]:
        """Kestra's word and detail."""
        self.show()
        seen = json.loads(self.host.check().stdout)["services"][0]
        return str(seen["state"]), str(seen["detail"])


@pytest.fixture
def life(tmp_path: Path, kestra: Callable[[int], int]) -> Iterator[Life]:
    yield Life(installed(Tools(), tmp_path), kestra(401), kestra(200))


ENDS = {
    "a queue": coloured(
        "ERROR", "jdbc-queue-WorkerJob_0", "io.kestra.jdbc.runner.JdbcQueue", QUEUE
    ),
    "the context": coloured("INFO ", "jdbc-queue-WorkerJob_0", *CONTEXT.split(" ", 1)),
    "without colours": f"2026-01-31 12:00:20,123 ERROR q io.kestra.jdbc.runner.JdbcQueue {QUEUE}",
    "a thread": "19:34:12.725 ERROR x i.k.core.utils.ThreadUncaughtExceptionHandler "
    "Caught an exception in Thread[#1]. Shutting down.",
}


@pytest.mark.parametrize("line", ENDS.values(), ids=ENDS)
def test_one_that_shuts_down_by_itself_is_not_healthy(life: Life, line: str) -> None:
    life.says((3, READY), (20, line), (20.1, "  at java.base/java.lang.Thread.run"))
    assert life.look() == (
        "shutting-down",
        "/health answers 200, and it is shutting down by itself since 12:00:20 UTC",
    )


LIVES = {
    "of a former start": [(-20, ENDS["a queue"]), (3, READY)],
    "one that was told to": [
        (20, f"19:34:12.725 INFO  command-shutdown {CONTEXT}"),
        (21, ENDS["a queue"]),
    ],
    "what a task prints": [
        (20, coloured("ERROR", "worker_3", "flow.shop.nightly", "Initiating shutdown.")),
        (21, coloured("INFO ", "worker_3", "flow.shop.nightly", f"says: {ENDS['the context']}")),
    ],
    "nothing": [],
}


@pytest.mark.parametrize("lines", LIVES.values(), ids=LIVES)
def test_one_that_does_not_is(life: Life, lines: list[tuple[float, str]]) -> None:
    life.says(*lines)
    assert life.look() == ("running", "/health answers 200")


def test_a_rotated_log_tells_too_and_docker_is_not_asked(life: Life) -> None:
    life.says((3, READY), (20, ENDS["a queue"]), file=".1")
    life.says((30, "19:34:30.000 INFO  x io.kestra.webserver.access GET /ping"))
    assert life.state == "shutting-down"
    assert not (life.host.answers / "asked").exists()


@pytest.mark.parametrize("file", ["", "container.log", "nothing-json.log"])
def test_docker_tells_the_log_where_there_is_no_file_of_its_own(life: Life, file: str) -> None:
    """With the driver journald or local, and for a user who may not read Docker's folder."""
    life.log = str(life.host.root / file) if file else ""
    (life.host.answers / "logs").write_text(f"{at(20)} {ENDS['a queue']}\n")
    assert life.state == "shutting-down"
    asked = (life.host.answers / "asked").read_text()
    assert asked == f"logs --timestamps --since {at(0)} tools-kestra\n"


OLDER = "it is older than what it needs; PostgreSQL was started at 12:01:40 UTC, under it"


def test_one_that_lived_through_a_start_of_its_database_is_stale(life: Life) -> None:
    life.postgres(100)
    assert life.look() == ("stale", f"/health answers 200, and {OLDER}")


@pytest.mark.parametrize("seconds", [0, 0.5, 2.9, 3])
def test_a_database_that_docker_started_after_it_at_boot_is_no_later_one(
    life: Life, seconds: float
) -> None:
    life.postgres(seconds)
    assert life.state == "running"


def test_a_clock_that_was_set_back_makes_none_stale(life: Life) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    life.postgres((ahead - START).total_seconds())
    assert life.state == "running"


@pytest.mark.parametrize(
    ("seconds", "state"), [(Tools().health_timeout - 1, "running"), (3600, "stale")]
)
def test_a_log_that_has_lost_the_start_leaves_it_the_time_of_a_start(
    life: Life, seconds: float, state: str
) -> None:
    life.says()
    life.postgres(seconds)
    assert life.state == state


def test_a_database_that_is_away_now_is_the_cause(life: Life) -> None:
    life.postgres(100, "exited")
    life.says((3, READY), (20, ENDS["a queue"]))
    state, detail = life.look()
    assert (state, detail.partition("UTC")[2]) == ("shutting-down", "; PostgreSQL is stopped")


FAILED = {
    "uncaught": 'Exception in thread "main" i.m.c.exceptions.BeanInstantiationException: Bean',
    "logged": "2026-01-31 12:00:20,123 ERROR main io.kestra.cli.App Error starting bean context",
}


@pytest.mark.parametrize("line", FAILED.values(), ids=FAILED)
def test_one_whose_start_failed_and_that_stays_is_stuck(life: Life, line: str) -> None:
    life.ports = {"ui": free_port(), "management": free_port()}
    life.says((5, line))
    state, detail = life.look()
    assert state == "stuck"
    assert detail.endswith("are closed, and its start failed at 12:00:05 UTC")


@pytest.mark.parametrize(("line", "state"), [(FAILED["uncaught"], "stuck"), ("-", "starting")])
def test_one_that_is_stuck_is_starting_no_more(life: Life, line: str, state: str) -> None:
    life.ports, life.check = {"ui": free_port(), "management": free_port()}, "starting"
    life.began = (datetime.now(UTC) - START).total_seconds() - 3 * JUST_FAILED
    life.says((life.began + JUST_FAILED, line))
    assert life.state == state


@pytest.mark.parametrize(
    ("closed", "state"),
    [("ui", "shutting-down"), ("management", "shutting-down"), ("ui management", "ports-closed")],
)
def test_one_that_closes_its_ports_at_its_end(life: Life, closed: str, state: str) -> None:
    life.ports |= {port: free_port() for port in closed.split()}
    life.says((3, READY), (20, ENDS["a queue"]))
    found, detail = life.look()
    assert found == state
    assert "closed" in detail
    assert detail.endswith(", and it is shutting down by itself since 12:00:20 UTC")


def test_one_whose_start_failed_just_now_may_exit(life: Life) -> None:
    life.ports = {"ui": free_port(), "management": free_port()}
    now = (datetime.now(UTC) - START).total_seconds()
    life.says((now - JUST_FAILED / 2, FAILED["uncaught"]))
    assert life.state == "ports-closed"


@pytest.mark.parametrize(
    ("seconds", "line"),
    [(-5, FAILED["uncaught"]), (5, 'Exception in thread "pool-3-thread-1" java.lang.Error: x')],
    ids=["of a former start", "of another thread"],
)
def test_a_start_that_did_not_fail(life: Life, seconds: float, line: str) -> None:
    life.ports = {"ui": free_port(), "management": free_port()}
    life.says((seconds, line))
    assert life.state == "ports-closed"
