"""Stage health: Kestra answers, and only to those who may ask."""

import json
import re

import pytest
from testinfra.host import Host

from tests.machine.probe import Answer, Who, ask
from tests.machine.stack import Stack

#: Ways to say no. 405 is one only for a request that would have been acted upon.
CLOSED = {401, 403, 404}


def test_management_says_healthy(host: Host, stack: Stack) -> None:
    answer = _management(host, stack, "/health", body=True)
    assert answer.status == 200
    document = answer.body[answer.body.find("{") : answer.body.rfind("}") + 1]
    assert json.loads(document)["status"] == "UP"


def test_management_does_not_show_the_environment(host: Host, stack: Stack) -> None:
    assert _management(host, stack, "/env").status in CLOSED


@pytest.mark.parametrize("who", ["nobody", "wrong"])
def test_api_is_closed(host: Host, stack: Stack, who: Who) -> None:
    assert _api(host, stack, who) == 401


def test_api_opens_to_its_password(host: Host, stack: Stack) -> None:
    assert _api(host, stack, "ours") == 200


def test_nobody_can_stop_kestra(host: Host, stack: Stack) -> None:
    # A harmless question first: 405 would mean that a POST is acted upon, and Kestra stopped.
    assert _management(host, stack, "/stop").status in CLOSED
    assert _management(host, stack, "/stop", method="POST").status in {*CLOSED, 405}
    started = host.check_output(
        "docker inspect --format '{{.State.StartedAt}}' %s", stack.kestra.name
    )
    assert started == stack.kestra.state["StartedAt"]
    assert _management(host, stack, "/health").status == 200


def _management(
    host: Host, stack: Stack, path: str, method: str = "GET", body: bool = False
) -> Answer:
    return ask(host, *stack.at("KESTRA_MANAGEMENT_PORT"), path, method=method, body=body)


def _api(host: Host, stack: Stack, who: Who) -> int:
    """Tenants came into the path with 0.23, and a tag need not tell the version."""
    env = f"{stack.root}/.env"
    at = (host, *stack.at("KESTRA_HTTP_PORT"))
    configs = ask(*at, "/api/v1/configs", who="ours", env=env, body=True).body
    version = re.search(r'"version"\s*:\s*"(\d+)\.(\d+)', configs)
    old = version is not None and (int(version[1]), int(version[2])) < (0, 23)
    path = f"/api/v1/{'' if old else 'main/'}flows/search?page=1&size=1"
    return ask(*at, path, who=who, env=env).status
