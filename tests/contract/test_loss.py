"""PostgreSQL stopped, restarted or frozen under a live server, and a queue that cannot be polled.

How 1.3 takes the loss of a database is a matter of timing: seen were an exit within two seconds,
and a server that worked nothing off and answered well for two minutes. The stand-in exits. The
other is had on demand, from a real server as well: the table `queues` gone for a second.
"""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.contract.api import Api
from tests.contract.container import PASSWORD, USER, Container
from tests.contract.stack import DEFAULT, OLD, Stack

#: Seconds; long enough that a server on a busy machine is asked before they are over.
LOSS = 6
ALIAS = "lost"
KEEP = ("--restart", "unless-stopped")


def test_old_versions_close_their_ports_and_end(stack: Stack, postgres: str) -> None:
    container = _served(stack, postgres, version=OLD)
    started = time.monotonic()
    stack.docker("kill", postgres)
    search = f"{container.url(8080)}/api/v1/flows/search"
    assert httpx.get(search, auth=(USER, PASSWORD)).status_code == 500
    assert time.monotonic() - started < LOSS, "at once"
    assert httpx.get(f"{container.url(8081)}/health", timeout=60).status_code == 500
    assert time.monotonic() - started > LOSS / 2, "it waits"
    stack.wait_until_closed(container)
    assert container.state()[0] == "running"
    assert container.wait_for_exit() == 1


def test_old_versions_stay_deaf_after_a_freeze(stack: Stack, postgres: str) -> None:
    container = _served(stack, postgres, version=OLD, loss=1)
    stack.docker("pause", postgres)
    stack.wait_until_closed(container)
    stack.docker("unpause", postgres)
    time.sleep(2)  # a server that opened its ports again would do so now
    assert container.state()[0] == "running"
    assert not container.listens(8081)


def test_old_versions_survive_a_short_loss(stack: Stack, postgres: str) -> None:
    container = _served(stack, postgres, version=OLD)
    stack.docker("restart", "--time", "5", postgres)
    time.sleep(LOSS + 2)
    container.wait_until_healthy()
    search = f"{container.url(8080)}/api/v1/flows/search"
    assert httpx.get(search, auth=(USER, PASSWORD)).status_code == 200


def test_a_lost_database_ends_the_server_and_its_next_start_hangs(
    stack: Stack, postgres: str
) -> None:
    """A restart policy starts it once, into the gap, and never again."""
    container = _served(stack, postgres, options=KEEP)
    stack.docker("stop", postgres)
    _wait_for_restarts(container, 1)
    stack.wait_for_log(container, "Error starting bean context")
    stack.docker("start", postgres)
    stack.wait_for_postgres(postgres)
    assert container.state()[0] == "running"
    assert container.restarts() == 1
    assert not container.listens(8080)
    assert not container.listens(8081)
    # A restart by hand is what it needs.
    stack.docker("restart", container.name)
    container.wait_until_healthy()


def test_a_killed_database_ends_the_server(stack: Stack, postgres: str) -> None:
    container = _served(stack, postgres)
    stack.docker("kill", postgres)
    assert container.wait_for_exit() == 1
    assert "Initiating shutdown" in container.logs()


def test_a_database_that_is_back_at_once_costs_one_start(stack: Stack, postgres: str) -> None:
    container = _served(stack, postgres, options=KEEP, environment={"STANDIN_START_SECONDS": "2"})
    stack.docker("restart", "--time", "5", postgres)
    _wait_for_restarts(container, 1)
    api = Api(container.wait_until_healthy())
    assert api.run("after.loss", "quick").state == "SUCCESS"


def test_a_frozen_database_is_seen_late(stack: Stack, postgres: str) -> None:
    container = _served(stack, postgres, loss=2)
    ping, health = f"{container.url(8080)}/ping", f"{container.url(8081)}/health"
    stack.docker("pause", postgres)
    assert httpx.get(ping).status_code == 200
    assert httpx.get(health, timeout=60).status_code == 503
    stack.wait_until_closed(container)
    assert container.state()[0] == "running"
    assert container.wait_for_exit() == 1
    stack.docker("unpause", postgres)


def test_a_database_that_is_thawed_in_time_is_forgotten(stack: Stack, postgres: str) -> None:
    container = _served(stack, postgres)
    stack.docker("pause", postgres)
    api = Api(container)
    stack.docker("unpause", postgres)
    assert api.run("after.loss", "thawed").state == "SUCCESS"
    assert container.state()[0] == "running"


def test_pollers_that_end_leave_a_server_that_looks_well(stack: Stack) -> None:
    database = stack.new_database()
    container = stack.run(
        stack.configuration(database), environment={"STANDIN_ZOMBIE_SECONDS": "12"}
    ).wait_until_healthy()
    api = Api(container)
    assert api.run("zombie.test", "before").state == "SUCCESS"
    stack.sql("alter table queues rename to queues_away", database)
    stack.wait_for_log(container, "queue. Initiating shutdown.")
    stack.sql("alter table queues_away rename to queues", database)
    stranded = api.start("zombie.test", "before")
    for _ in range(5):
        assert httpx.get(f"{container.url(8081)}/health").json()["status"] == "UP"
        assert api.client.get("/flows/search").status_code == 200
        assert api.execution(stranded).state == "CREATED"
        time.sleep(0.5)
    # Its end is no failure.
    assert container.wait_for_exit(limit=240) == 0
    stack.docker("start", container.name)
    api = Api(container.wait_until_healthy())
    assert api.wait_for_end(stranded).state == "SUCCESS"


@pytest.fixture(scope="module")
def _own(stack: Stack) -> str:
    other = f"{stack.name}-{ALIAS}"
    stack.run_postgres(other, ALIAS)
    return other


@pytest.fixture
def postgres(_own: str, stack: Stack) -> Iterator[str]:
    """Return a PostgreSQL that may be stopped, killed and frozen."""
    yield _own
    stack.docker("unpause" if Container(_own).state()[0] == "paused" else "start", _own)
    stack.wait_for_postgres(_own)


def _served(
    stack: Stack,
    postgres: str,
    *,
    version: str = DEFAULT,
    loss: int = LOSS,
    options: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
) -> Container:
    """Start a server on that PostgreSQL."""
    database = stack.new_database(postgres)
    configuration = stack.configuration(database, host=ALIAS)
    given = {"STANDIN_DB_LOSS_SECONDS": str(loss), **(environment or {})}
    container = stack.run(configuration, version=version, options=options, environment=given)
    return container.wait_until_healthy()


def _wait_for_restarts(container: Container, count: int) -> None:
    deadline = time.monotonic() + 60
    while container.restarts() < count:
        assert time.monotonic() < deadline, container.logs()
        time.sleep(0.1)
