"""Stop, kill and start again, and a storage that is not writable."""

import httpx
import pytest

from tests.contract.api import CORE, LOG, TEXT, Api
from tests.contract.changes import changed
from tests.contract.container import Container
from tests.contract.stack import DEFAULT, OLD, Stack

PREFIX = {OLD: "/api/v1", DEFAULT: "/api/v1/main"}
SHORT = f"  - {{id: slow, type: {CORE}.flow.Sleep, duration: PT4S}}\n"
LONG = f"  - {{id: long, type: {CORE}.flow.Sleep, duration: PT5M}}\n"


@pytest.mark.parametrize("version", PREFIX)
def test_data_survives_a_kill_and_stop_is_quick(version: str, stack: Stack) -> None:
    container = stack.healthy(version)
    api = Api(container, PREFIX[version])
    api.create("life.test", "kept")
    api.client.put("/namespaces/life.test/kv/k", content="1", headers=TEXT)
    api = Api(_killed_and_started(stack, container), PREFIX[version])
    assert api.client.get("/flows/life.test/kept").json()["revision"] == 1
    assert api.client.get("/namespaces/life.test/kv/k").json()["value"] == 1
    assert container.stop(grace=120) > 0
    assert container.state() == ("exited", 143)


@pytest.mark.parametrize(
    ("name", "task", "state"),
    [
        ("returns", "type: {core}.debug.Return, format: '{{{{ flow.id }}}}'", "SUCCESS"),
        ("fails", "type: {core}.execution.Fail", "FAILED"),
        ("misses", "type: {core}.debug.Return, format: '{{{{ inputs.none }}}}'", "FAILED"),
        ("sleeps", "type: {core}.flow.Sleep, duration: PT0.2S", "SUCCESS"),
    ],
)
def test_executions_end_as_they_should(name: str, task: str, state: str, api: Api) -> None:
    tasks = f"  - {{id: only, {task.format(core=CORE)}}}\n"
    assert api.run("life.test", name, tasks).state == state


def test_a_running_execution_can_be_killed(api: Api) -> None:
    api.create("life.test", "long", LONG)
    key = api.start("life.test", "long")
    api.wait_until_working(key, "long")
    assert api.client.delete(f"/executions/{key}/kill").status_code == 202
    with api.client.stream("GET", f"/executions/{key}/follow") as events:
        assert any(line == "id: end" for line in events.iter_lines())
    assert api.execution(key).state == "KILLED"


def test_stop_waits_for_the_task_and_the_next_start_goes_on(stack: Stack) -> None:
    container = stack.healthy()
    api = Api(container)
    api.create("life.test", "two", SHORT + LOG)
    key = api.start("life.test", "two")
    api.wait_until_working(key, "slow")
    assert container.stop(grace=120) > 0
    assert container.state() == ("exited", 143)
    assert "Waiting for all worker threads to terminate" in container.logs()
    stack.docker("start", container.name)
    ended = Api(container.wait_until_healthy()).wait_for_end(key)
    assert ended.state == "SUCCESS"
    assert len(ended.task("slow")["attempts"]) == 1
    assert ended.task("log")["state"]["current"] == "SUCCESS"


def test_a_task_that_was_killed_runs_again_after_the_grace_period(stack: Stack) -> None:
    """Nobody takes it up at once: until then the execution is RUNNING, and nothing runs."""
    works = stack.configuration(stack.new_database())
    works = changed(works, "kestra.server.termination-grace-period", "8s")
    container = stack.run(works).wait_until_healthy()
    api = Api(container)
    api.create("life.test", "two", SHORT + LOG)
    key = api.start("life.test", "two")
    api.wait_until_working(key, "slow")
    api = Api(_killed_and_started(stack, container))
    assert api.execution(key).state == "RUNNING"
    worker = httpx.get(f"{container.url(8081)}/worker").json()
    assert worker == {"runningCount": 0, "runnings": []}
    ended = api.wait_for_end(key, limit=480)
    assert ended.state == "SUCCESS"
    assert len(ended.task("slow")["attempts"]) == 2
    assert "Trigger task restart for non-responding workers after termination" in container.logs()


def test_health_and_worker_count_what_runs(stack: Stack) -> None:
    container = stack.healthy()
    api = Api(container)
    api.create("life.test", "long", LONG)
    key = api.start("life.test", "long")
    api.wait_until_working(key, "long")
    health = httpx.get(f"{container.url(8081)}/health").json()
    assert health["details"]["gracefulShutdown"]["details"] == {"activeTasks": 1}
    worker = httpx.get(f"{container.url(8081)}/worker").json()
    assert worker["runningCount"] == 1
    assert worker["runnings"][0]["taskRun"]["executionId"] == key


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("2026-01-31", "DATE"),
        ('"2026-01-31"', "STRING"),
        ("2026-01-31T10:00:00Z", "DATETIME"),
        ('"2026-01-31T10:00:00Z"', "STRING"),
        ('"PT5M"', "DURATION"),
        ('"plain"', "STRING"),
    ],
)
def test_a_date_in_quotes_is_text(sent: str, kind: str, api: Api) -> None:
    """Kestra reads the value as Ion, which has a type for a bare one; and then durations."""
    api.client.put("/namespaces/life.test/kv/day", content=sent, headers=TEXT)
    told = api.client.get("/namespaces/life.test/kv/day").json()
    assert (told["type"], told["value"]) == (kind, sent.strip('"'))


@pytest.mark.parametrize("version", PREFIX)
def test_unwritable_storage_shows_only_in_uploads(version: str, stack: Stack) -> None:
    container = stack.healthy(version, options=["--tmpfs", "/app/storage:uid=0,mode=0755"])
    assert httpx.get(f"{container.url(8081)}/health").json()["status"] == "UP"
    api = Api(container, PREFIX[version])
    upload = api.client.post(
        "/namespaces/life.test/files", params={"path": "/a"}, files={"fileContent": b"x"}
    )
    assert upload.status_code == 404
    assert "No such file or directory" in upload.text
    key = api.client.put("/namespaces/life.test/kv/k", content="1", headers=TEXT)
    assert key.status_code == 404
    api.create("life.test", "up", more="inputs:\n  - {id: f, type: FILE}\n")
    started = api.client.post("/executions/life.test/up", files={"f": ("a.txt", b"x")})
    assert started.status_code == 409


def _killed_and_started(stack: Stack, container: Container) -> Container:
    stack.docker("kill", container.name)
    stack.docker("start", container.name)
    return container.wait_until_healthy()


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    """Return a client of a server that the execution tests share."""
    return Api(stack.healthy())
