"""Upgrades, which are unrecorded and after Kestra's documentation; commands; roles."""

import httpx
import pytest

from tests.contract.container import PASSWORD, USER
from tests.contract.stack import CONFIG, DEFAULT, Stack

ONE, TWO = DEFAULT, "v2.0.5"
ROLES = ["webserver", "executor", "scheduler", "worker", "indexer"]
TABLES = """
concurrency_limit dashboards execution_queued executions executordelayed executorstate
flow_topologies flows flyway_schema_history kv_metadata logs metrics multipleconditions
namespace_file_metadata queues service_instance settings sla_monitor templates triggers
worker_job_running
"""
HOOK = """\
id: hooked
namespace: a.b
tasks:
  - {id: t, type: io.kestra.plugin.core.log.Log, message: x}
triggers:
  - {id: h, type: io.kestra.plugin.core.trigger.Webhook, key: k-1}
"""
SOURCE = (
    "id: once\nnamespace: a.b\ntasks:\n  - {id: t, type: io.kestra.plugin.core.log.Log, message: x}"
)
YAML = {"Content-Type": "application/x-yaml"}


def test_a_newer_major_leaves_a_database_that_the_older_refuses(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    for version in (ONE, TWO):
        container = stack.run(works, version=version).wait_until_healthy()
        stack.docker("stop", container.name)
    assert stack.run(works, version=ONE).wait_for_exit() == 1


def test_an_existing_flow_answers_409_in_2(stack: Stack) -> None:
    server = stack.healthy(TWO).server()
    url = f"{server.url}/api/v1/main/flows"
    for status in (200, 409):
        answer = httpx.post(url, content=SOURCE, headers=YAML, auth=(USER, PASSWORD))
        assert answer.status_code == status


def test_metadata_migration_is_gone_in_2(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    command = ["migrate", "metadata", "kv", "--config", CONFIG]
    assert stack.run(works, version=TWO, command=command).wait_for_exit() != 0


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (["metadata", "kv"], 0),
        (["metadata", "secrets"], 0),
        (["metadata", "nsfiles"], 0),
        (["default-tenant"], 0),
        (["plan"], 2),
    ],
)
def test_the_migrations_of_1_3(step: list[str], code: int, database: str, stack: Stack) -> None:
    command = ["migrate", *step, "--config", CONFIG]
    container = stack.run(stack.configuration(database), command=command)
    assert container.wait_for_exit() == code, container.logs()


def test_a_web_server_alone_works_nothing_off(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    web = stack.run(works, command=["server", "webserver", "-c", CONFIG])
    server = web.wait_until_healthy().server()
    with httpx.Client(base_url=f"{server.url}/api/v1/main", auth=(USER, PASSWORD)) as client:
        client.post("/flows", content=SOURCE, headers=YAML)
        waiting = client.post("/executions/a.b/once").json()["id"]
        assert client.get(f"/executions/{waiting}").json()["state"]["current"] == "CREATED"


def test_roles_share_the_work(stack: Stack) -> None:
    """All five on one database; each has both ports, and only one of them the API."""
    works = stack.configuration(stack.new_database())
    more = {"webserver": ["--no-indexer"]}
    found = {
        role: stack.run(works, command=["server", role, "-c", CONFIG, *more.get(role, [])])
        for role in ROLES
    }
    for role, container in found.items():
        url = container.wait_until_healthy().url(8080)
        assert httpx.get(f"{url}/ping").text == "pong"
        status = 401 if role == "webserver" else 404
        assert httpx.get(f"{url}/api/v1/main/flows/search").status_code == status
    base = f"{found['webserver'].url(8080)}/api/v1/main"
    with httpx.Client(base_url=base, auth=(USER, PASSWORD)) as client:
        client.post("/flows", content=HOOK, headers=YAML)
        key = httpx.post(f"{base}/executions/webhook/a.b/hooked/k-1").json()["id"]
        with client.stream("GET", f"/executions/{key}/follow") as events:
            assert any(line == "id: end" for line in events.iter_lines())
        assert client.get(f"/executions/{key}").json()["state"]["current"] == "SUCCESS"


def test_the_tables_of_1_3(database: str, stack: Stack) -> None:
    found = stack.sql(
        "select table_name from information_schema.tables where table_schema = 'public' order by 1",
        database,
    )
    assert found.split() == TABLES.split()


@pytest.fixture(scope="module")
def database(stack: Stack) -> str:
    """Return a database that a server of 1.3 has filled."""
    name = stack.new_database()
    # The names of the options of today, and of before.
    options = ["--no-tutorials", "--ignore-flows=a.b|c", "--skip-executions=none"]
    command = ["server", "standalone", "--config", CONFIG, *options]
    container = stack.run(stack.configuration(name), command=command).wait_until_healthy()
    stack.docker("stop", container.name)
    return name
