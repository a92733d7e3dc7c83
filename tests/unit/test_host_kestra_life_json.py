"""The same end of a Kestra by its log, with `kestra_json_logs`."""

from __future__ import annotations

import json

import pytest

from tests.unit.checked_host import free_port
from tests.unit.test_host_kestra_life import CONTEXT, QUEUE, Life, at, kestra, life

__all__ = ["kestra", "life"]
QUEUE_LOGGER = "io.kestra.jdbc.runner.JdbcQueue"
CONTEXT_LOGGER = "io.kestra.core.contexts.KestraContext"
SHUTDOWN = CONTEXT.partition(" ")[2]


def line(level: str, thread: str, logger: str, message: str, more: str = "") -> str:
    """As the encoder of Elastic's schema writes it."""
    return (
        f'{{"@timestamp":"2026-01-31T12:00:20.123Z","log.level": "{level}",'
        f'"message":{json.dumps(message)},"ecs.version": "1.2.0",'
        f'"process.thread.name":"{thread}","log.logger":"{logger}"{more}}}'
    )


READY = line("INFO", "standalone", "io.kestra.cli.AbstractCommand", "Health endpoint is available")
FATAL = line("ERROR", "jdbc queue_0", QUEUE_LOGGER, QUEUE)
STACK = f',"error.message":"at \\"message\\": \\"x\\"","error.stack_trace":{json.dumps(FATAL)}'
ENDS = {
    "a queue": FATAL,
    "with quotes and its stack": line("ERROR", "q", QUEUE_LOGGER, f'"q" \\ {QUEUE}\n', STACK),
    "the context": line("INFO", "jdbc-queue_0", CONTEXT_LOGGER, SHUTDOWN),
    "a thread": line(
        "ERROR",
        "x",
        "io.kestra.core.utils.ThreadUncaughtExceptionHandler",
        "Caught an exception in Thread[#1]. Shutting down.",
    ),
}
LIVES = {
    "one that was told to": [
        (20, line("INFO", "command-shutdown", CONTEXT_LOGGER, SHUTDOWN)),
        (21, FATAL),
    ],
    "what a task prints": [
        (20, line("ERROR", "worker_3", "flow.shop.nightly", "Initiating shutdown.")),
        (21, line("INFO", "worker_3", "flow.shop.nightly", f"says: {FATAL}")),
    ],
}


@pytest.mark.parametrize("of_docker", [True, False])
@pytest.mark.parametrize("said", ENDS.values(), ids=ENDS)
def test_one_that_shuts_down_by_itself_is_not_healthy(
    life: Life, said: str, of_docker: bool
) -> None:
    """In Docker's own file each line is quoted once more."""
    if of_docker:
        life.log = ""
        (life.host.answers / "logs").write_text(f"{at(3)} {READY}\n{at(20)} {said}\n")
    else:
        life.says((3, READY), (20, said))
    assert life.look() == (
        "shutting-down",
        "/health answers 200, and it is shutting down by itself since 12:00:20 UTC",
    )


@pytest.mark.parametrize("lines", LIVES.values(), ids=LIVES)
def test_one_that_does_not_is(life: Life, lines: list[tuple[float, str]]) -> None:
    life.says((3, READY), *lines)
    assert life.look() == ("running", "/health answers 200")


@pytest.mark.parametrize(("lines", "state"), [([(3.0, READY)], "running"), ([], "stale")])
def test_it_is_known_when_it_was_ready(
    life: Life, lines: list[tuple[float, str]], state: str
) -> None:
    """A database that was started before that is none that came back."""
    life.says(*lines)
    life.postgres(2 if lines else 3600)
    assert life.state == state


def test_one_whose_start_failed_and_that_stays_is_stuck(life: Life) -> None:
    life.ports = {"ui": free_port(), "management": free_port()}
    life.says((5, line("ERROR", "main", "io.kestra.cli.App", "Error starting bean context: x")))
    assert life.look()[0] == "stuck"
