"""Upgrades and roles: unrecorded, after Kestra's documentation."""

import httpx
import pytest

from tests.contract.container import PASSWORD, USER
from tests.contract.stack import CONFIG, Stack

ONE, TWO = "v1.3.39", "v2.0.5"
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


@pytest.mark.parametrize(("version", "code"), [(ONE, 0), (TWO, 1)])
def test_metadata_migration_is_gone_in_2(version: str, code: int, stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    command = ["migrate", "metadata", "kv", "--config", CONFIG]
    assert stack.run(works, version=version, command=command).wait_for_exit() == code


def test_roles_share_the_work(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    web = stack.run(works, version=ONE, command=["server", "webserver", "-c", CONFIG])
    server = web.wait_until_healthy().server()
    with httpx.Client(base_url=f"{server.url}/api/v1/main", auth=(USER, PASSWORD)) as client:
        client.post("/flows", content=SOURCE, headers=YAML)
        waiting = client.post("/executions/a.b/once").json()["id"]
        assert client.get(f"/executions/{waiting}").json()["state"]["current"] == "CREATED"
        executor = stack.run(works, version=ONE, command=["server", "executor", "-c", CONFIG])
        executor.wait_until_healthy()
        assert not executor.listens(8080)
        with client.stream("GET", f"/executions/{waiting}/follow") as events:
            assert any(line == "id: end" for line in events.iter_lines())
        assert client.get(f"/executions/{waiting}").json()["state"]["current"] == "SUCCESS"
