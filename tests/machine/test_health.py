"""Stage health: the database and Kestra answer, and only to those who may ask."""

import json
import re

import pytest
from testinfra.host import Host

from tests.machine.probe import Answer, Who, ask
from tests.machine.stack import Stack

#: Ways to say no. 405 is one only for a request that would have been acted upon.
CLOSED = {401, 403, 404}
#: Reads the password on the host and hands it over on stdin; `$1` .env, `$2` container, `$3` whose.
LOGIN = """
exec 2>&1; . "$1" 2>/dev/null
[ "$3" = ours ] || KESTRA_DB_PASSWORD=Wrong-on-purpose-1
printf '%s\\n' "$KESTRA_DB_PASSWORD" | timeout 30 docker exec -i "$2" sh -c '
    IFS= read -r PGPASSWORD; export PGPASSWORD PGCONNECT_TIMEOUT=10
    exec psql -w -h "$1" -p "$2" -U "$3" -d "$4" -qtAc "select 40 + 2"
' login "$KESTRA_DB_HOST" "$KESTRA_DB_PORT" "$KESTRA_DB_USER" "$KESTRA_DB_NAME"
"""


def test_postgres_accepts_connections(host: Host, stack: Stack) -> None:
    ready = host.run("timeout 30 docker exec %s pg_isready -h 127.0.0.1", stack.postgres.name)
    assert ready.rc == 0, ready.stdout


def test_database_knows_the_password(host: Host, stack: Stack) -> None:
    # Over the network by the service's name: on its own loopback the image trusts everybody.
    assert _login(host, stack, "ours") == "42"


def test_database_refuses_a_wrong_password(host: Host, stack: Stack) -> None:
    said = _login(host, stack, "wrong")
    assert "42" not in said.split()
    assert "authentication failed" in said


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


def _login(host: Host, stack: Stack, who: Who) -> str:
    env = f"{stack.root}/.env"
    said = host.run("sh -c %s login %s %s %s", LOGIN, env, stack.postgres.name, who)
    return str(said.stdout.strip())


def _management(
    host: Host, stack: Stack, path: str, method: str = "GET", body: bool = False
) -> Answer:
    return ask(host, "127.0.0.1", stack.management_port, path, method=method, body=body)


def _api(host: Host, stack: Stack, who: Who) -> int:
    """Tenants came into the path with 0.23, and a tag need not tell the version."""
    env = f"{stack.root}/.env"
    at = (host, stack.http_address, stack.http_port)
    configs = ask(*at, "/api/v1/configs", who="ours", env=env, body=True).body
    version = re.search(r'"version"\s*:\s*"(\d+)\.(\d+)', configs)
    old = version is not None and (int(version[1]), int(version[2])) < (0, 23)
    path = f"/api/v1/{'' if old else 'main/'}flows/search?page=1&size=1"
    return ask(*at, path, who=who, env=env).status
