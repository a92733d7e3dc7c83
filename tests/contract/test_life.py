"""Stop, kill, restart, and the loss of the database or the storage under a live server."""

import time

import httpx
import pytest

from tests.contract.container import PASSWORD, USER, Container
from tests.contract.stack import Stack

#: Seconds; long enough that a server on a busy machine is asked before they are over.
LOSS = 8
FLOW = """\
id: {name}
namespace: life.test
{more}
tasks:
  - id: only
    type: io.kestra.plugin.core.{task}
"""
YAML = {"Content-Type": "application/x-yaml"}


def _client(container: Container) -> httpx.Client:
    base = f"{container.url(8080)}/api/v1"
    return httpx.Client(base_url=base, auth=(USER, PASSWORD), timeout=30)


def _create(client: httpx.Client, name: str, task: str, more: str = "") -> None:
    source = FLOW.format(name=name, task=task, more=more)
    answer = client.post("/flows", content=source, headers=YAML)
    assert answer.status_code == 200, answer.text


def test_stop_is_quick_and_ends_with_143(stack: Stack) -> None:
    container = stack.healthy()
    assert container.stop(grace=120) > 0
    assert container.state() == ("exited", 143)


def test_data_survives_a_kill(stack: Stack) -> None:
    container = stack.healthy()
    with _client(container) as client:
        _create(client, "kept", "log.Log\n    message: hi")
        client.put(
            "/namespaces/life.test/kv/k", content="1", headers={"Content-Type": "text/plain"}
        )
    stack.docker("kill", container.name)
    stack.docker("start", container.name)
    container.wait_until_healthy()
    with _client(container) as client:
        assert client.get("/flows/life.test/kept").json()["revision"] == 1
        assert client.get("/namespaces/life.test/kv/k").json()["value"] == 1


@pytest.mark.parametrize(
    ("task", "state"),
    [
        ("debug.Return\n    format: '{{ flow.id }}'", "SUCCESS"),
        ("execution.Fail", "FAILED"),
        ("debug.Return\n    format: '{{ inputs.none }}'", "FAILED"),
        ("flow.Sleep\n    duration: PT0.2S", "SUCCESS"),
    ],
)
def test_executions_end_as_they_should(task: str, state: str, client: httpx.Client) -> None:
    name = f"run{abs(hash(task))}"
    _create(client, name, task)
    answer = client.post(f"/executions/life.test/{name}", params={"wait": "true"})
    assert answer.json()["state"]["current"] == state


def test_a_running_execution_can_be_killed(client: httpx.Client) -> None:
    _create(client, "long", "flow.Sleep\n    duration: PT5M")
    key = client.post("/executions/life.test/long").json()["id"]
    assert client.delete(f"/executions/{key}/kill").status_code == 202
    with client.stream("GET", f"/executions/{key}/follow") as events:
        assert any(line == "id: end" for line in events.iter_lines())
    assert client.get(f"/executions/{key}").json()["state"]["current"] == "KILLED"


def test_unwritable_storage_shows_only_in_uploads(stack: Stack) -> None:
    container = stack.healthy(options=["--tmpfs", "/app/storage:uid=0,mode=0755"])
    assert httpx.get(f"{container.url(8081)}/health").json()["status"] == "UP"
    with _client(container) as client:
        upload = client.post(
            "/namespaces/life.test/files", params={"path": "/a"}, files={"fileContent": b"x"}
        )
        assert upload.status_code == 404
        assert "No such file or directory" in upload.text
        _create(client, "up", "log.Log\n    message: hi", "inputs:\n  - {id: f, type: FILE}")
        started = client.post("/executions/life.test/up", files={"f": ("a.txt", b"x")})
        assert started.status_code == 409


def test_a_lost_database_ends_the_server(stack: Stack) -> None:
    container, other = _on_its_own_postgres(stack, "lost")
    started = time.monotonic()
    stack.docker("rm", "--force", other)
    with _client(container) as client:
        assert client.get("/flows/search").status_code == 500
        assert time.monotonic() - started < LOSS, "at once"
    assert httpx.get(f"{container.url(8081)}/health", timeout=60).status_code == 500
    assert time.monotonic() - started > LOSS / 2, "it waits"
    _wait_until_closed(container)
    assert container.state()[0] == "running"
    assert container.wait_for_exit() == 1


def test_a_frozen_database_leaves_a_deaf_server(stack: Stack) -> None:
    container, other = _on_its_own_postgres(stack, "frozen", loss=1)
    stack.docker("pause", other)
    _wait_until_closed(container)
    stack.docker("unpause", other)
    time.sleep(2)  # a server that opened its ports again would do so now
    assert container.state()[0] == "running"
    assert not container.listens(8081)


def test_a_short_loss_is_survived(stack: Stack) -> None:
    container, other = _on_its_own_postgres(stack, "short")
    stack.docker("restart", "--time", "5", other)
    time.sleep(LOSS + 2)
    container.wait_until_healthy()
    with _client(container) as client:
        assert client.get("/flows/search").status_code == 200


def _on_its_own_postgres(stack: Stack, alias: str, loss: int = LOSS) -> tuple[Container, str]:
    other = f"{stack.name}-{alias}"
    stack.run_postgres(other, alias)
    configuration = stack.configuration("kestra", host=alias)
    environment = {"STANDIN_DB_LOSS_SECONDS": str(loss)}
    return stack.run(configuration, environment=environment).wait_until_healthy(), other


def _wait_until_closed(container: Container) -> None:
    deadline = time.monotonic() + 60
    while container.listens(8080) or container.listens(8081):
        assert time.monotonic() < deadline, container.logs()
        time.sleep(0.1)


@pytest.fixture(scope="module")
def client(stack: Stack) -> httpx.Client:
    """Return a client of a server that the execution tests share."""
    return _client(stack.healthy())
