"""Health, from the containers up to an authenticated answer; the first failure is the cause."""

from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from kestra_provision.facts.health import ContainerHealth, HostHealth
from kestra_provision.health.verdict import Verdict, stranded
from kestra_provision.settings import Settings
from tests.operations.fake_host import FakeHost
from tests.operations.fake_kestra import (
    API_PASSWORD,
    DB_PASSWORD,
    OURS,
    SETTINGS,
    UP,
    FakeKestra,
    Reply,
    host_with,
    look,
)
from tests.operations.test_transport import Echo, serving


def names(verdict: Verdict) -> list[str]:
    return [check.name for check in verdict.checks]


ALL = [
    "container tools-kestra-postgres",
    "pg_isready",
    "database login",
    "container tools-kestra",
    "/health",
    "API without credentials",
    "API with wrong credentials",
    "API with ours",
]


def test_healthy_stack_passes_every_check_in_order(kestra: FakeKestra) -> None:
    verdict = look()
    assert verdict.healthy
    assert names(verdict) == ALL
    assert verdict.versions == {"docker": "26.1.5", "postgres": "17.6", "kestra": "1.3.39"}
    assert kestra.asked == [
        "8081/health",
        "8080/api/v1/configs",
        *["8080/api/v1/main/flows/search"] * 3,
    ]


def test_kestra_that_outlived_its_database_is_named(kestra: FakeKestra) -> None:
    """Its container stays Up for a minute and more, and its ports are closed."""
    down = replace(UP, postgres=ContainerHealth("exited"), accepting=False)
    kestra.health = httpx.ConnectError("connection refused")
    host = host_with(down)
    effect = stranded(host.as_host, SETTINGS, look(host))
    assert effect
    assert effect.name == "tools-kestra without its database"
    assert "its container is Up" in effect.detail
    assert "its ports are closed" in effect.detail
    assert "tools-kestra-postgres: has exited" in effect.detail


@pytest.mark.parametrize(
    "seen",
    [
        replace(UP, postgres=ContainerHealth("exited"), kestra=ContainerHealth("exited")),
        replace(UP, kestra=ContainerHealth("exited")),
        replace(UP, postgres=ContainerHealth("exited")),
    ],
    ids=["Kestra is down as well", "only Kestra is down", "Kestra still answers"],
)
def test_nothing_is_stranded(kestra: FakeKestra, seen: HostHealth) -> None:
    host = host_with(seen)
    assert stranded(host.as_host, SETTINGS, look(host)) is None


def test_stack_that_is_still_starting_by_docker_is_asked_itself(kestra: FakeKestra) -> None:
    assert look(host_with(replace(UP, kestra=ContainerHealth("running", "starting")))).healthy


def test_old_version_is_asked_where_its_api_lives(kestra: FakeKestra) -> None:
    kestra.version = "0.20.7-SNAPSHOT"
    verdict = look()
    assert verdict.versions["kestra"] == "0.20.7"
    assert kestra.asked[-1] == "8080/api/v1/flows/search"


@pytest.mark.parametrize("version", [None, "unknown", 7, ["1"]])
def test_version_that_cannot_be_read_is_no_failure(kestra: FakeKestra, version: Any) -> None:
    kestra.version = version
    verdict = look()
    assert verdict.healthy
    assert kestra.asked[-1] == "8080/api/v1/main/flows/search"


def test_configs_that_answer_no_json_are_no_failure(kestra: FakeKestra) -> None:
    def api(request: httpx.Request) -> Reply:
        if request.url.path == "/api/v1/configs":
            return httpx.Response(200, text="<html>")
        return kestra._answer(request)

    kestra.api = api
    assert look().healthy


@dataclass(frozen=True)
class Case:
    """A broken stack: the check that fails, a part of its text, and whether waiting helps."""

    name: str
    detail: str
    host: FakeHost = field(default_factory=host_with)
    fatal: bool = False
    container: str = "tools-kestra"


PG = "tools-kestra-postgres"
BROKEN = {
    "database missing": Case(
        f"container {PG}",
        "does not exist",
        host_with(replace(UP, postgres=ContainerHealth())),
        container=PG,
    ),
    "database exited": Case(
        f"container {PG}",
        "has exited with code 1",
        host_with(replace(UP, postgres=ContainerHealth("exited", "", 0, 1))),
        container=PG,
    ),
    "database restarting": Case(
        f"container {PG}",
        "restarts again and again (5 times, exit code 3)",
        host_with(replace(UP, postgres=ContainerHealth("restarting", "", 5, 3))),
        fatal=True,
        container=PG,
    ),
    "database paused": Case(
        f"container {PG}",
        "is paused",
        host_with(replace(UP, postgres=ContainerHealth("paused"))),
        container=PG,
    ),
    "database does not accept": Case(
        "pg_isready",
        "accepts no connections",
        host_with(replace(UP, accepting=False)),
        container=PG,
    ),
    "env broken": Case(
        ".env",
        "/opt/kestra/.env: line 1 is not KEY=value",
        host_with(env=(True, "600 0 0\nno assignment\n", "")),
        fatal=True,
    ),
    "wrong database password": Case(
        "database login",
        "Put the old value into .env as KESTRA_DB_PASSWORD",
        host_with(login=(False, "", 'FATAL:  password authentication failed for user "kestra"')),
        fatal=True,
        container=PG,
    ),
    "database login fails otherwise": Case(
        "database login",
        'database "kestra" does not exist',
        host_with(login=(False, "", 'FATAL: database "kestra" does not exist\n')),
        container=PG,
    ),
    "database login hangs": Case(
        "database login", "no answer", host_with(login=(False, "", "")), container=PG
    ),
    "Kestra missing": Case(
        "container tools-kestra",
        "does not exist",
        host_with(replace(UP, kestra=ContainerHealth())),
    ),
    "Kestra restarts for the first time": Case(
        "container tools-kestra",
        "(2 times, exit code 1)",
        host_with(replace(UP, kestra=ContainerHealth("restarting", "", 2, 1))),
    ),
    "Kestra restarts for ever": Case(
        "container tools-kestra",
        "restarts again and again (3 times, exit code 137)",
        host_with(replace(UP, kestra=ContainerHealth("restarting", "", 3, 137))),
        fatal=True,
    ),
    "Kestra unhealthy by docker": Case(
        "container tools-kestra",
        "runs, and its health check fails",
        host_with(replace(UP, kestra=ContainerHealth("running", "unhealthy"))),
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_first_failure_ends_the_list_and_names_the_cause(kestra: FakeKestra, case: str) -> None:
    expected = BROKEN[case]
    verdict = look(expected.host)
    assert not verdict.healthy
    assert verdict.failed is verdict.checks[-1]
    assert all(check.ok for check in verdict.checks[:-1])
    assert verdict.failed.name == expected.name
    assert expected.detail in verdict.failed.detail
    assert verdict.failed.fatal is expected.fatal
    assert verdict.failed.container == expected.container
    assert kestra.asked == []


def test_wrong_database_password_tells_both_ways_out(kestra: FakeKestra) -> None:
    failed = look(BROKEN["wrong database password"].host).failed
    assert "is untouched" in failed.detail
    assert (
        "docker exec -it tools-kestra-postgres psql -U kestra -d kestra -c '\\password'"
        in failed.detail
    )
    assert DB_PASSWORD not in failed.detail


def test_database_password_goes_through_stdin_only(kestra: FakeKestra) -> None:
    host = host_with()
    look(host)
    command, arguments = next((c, a) for c, a in host.ran if "psql" in c.get_raw_value())
    assert arguments["_stdin"] == DB_PASSWORD
    assert (arguments["print_input"], arguments["print_output"]) == (False, False)
    assert DB_PASSWORD not in host.said + command.get_raw_value()
    assert "-h tools-kestra-postgres" in command.get_raw_value()


HEALTH: dict[str, tuple[Reply, str]] = {
    "down": (httpx.Response(503, json={"status": "DOWN"}), '503 {"status":"DOWN"}'),
    "200 and down": (httpx.Response(200, json={"status": "DOWN"}), '200 {"status":"DOWN"}'),
    "not found": (httpx.Response(404, text="nothing here"), "404 nothing here"),
    "long": (httpx.Response(500, text="x" * 900), f"500 {'x' * 200}…"),
    "no answer": (httpx.ReadTimeout("slow"), "no answer within 10 s; the database may hang"),
    "closed": (
        httpx.ConnectError("connection refused"),
        "the container runs, its ports are closed (connection refused)",
    ),
    "breaks off": (httpx.RemoteProtocolError("disconnected"), "ports are closed (disconnected)"),
}


@pytest.mark.parametrize("case", HEALTH)
def test_health_that_is_not_up_ends_the_list(kestra: FakeKestra, case: str) -> None:
    kestra.health, detail = HEALTH[case]
    verdict = look()
    assert names(verdict) == ALL[:5]
    assert detail.replace(" ", "") in verdict.failed.detail.replace(" ", "")
    assert not verdict.failed.fatal
    assert kestra.asked == ["8081/health"]


@pytest.mark.parametrize(("before", "deaf"), [("healthy", True), ("starting", False), ("", False)])
def test_closed_ports_of_one_that_was_healthy_stay_closed(
    kestra: FakeKestra, before: str, deaf: bool
) -> None:
    kestra.health = httpx.ConnectError("connection refused")
    seen = replace(UP, kestra=replace(UP.kestra, health=before))
    assert look(host_with(seen)).failed.deaf is deaf


@pytest.mark.parametrize(
    ("published", "detail"),
    [
        ({8080: (8080,), 8081: (8099,)}, "its management port is 8099, declared: 8081"),
        ({8080: (9090, 9091), 8081: (8081,)}, "its port is 9090 and 9091, declared: 8080"),
        ({}, "its management port is not published, declared: 8081"),
    ],
)
def test_port_that_is_published_elsewhere_is_not_called_closed(
    kestra: FakeKestra, published: dict[int, tuple[int, ...]], detail: str
) -> None:
    """A restart does not mend it, and a healthy Kestra needs none."""
    seen = replace(UP, kestra=replace(UP.kestra, published=published))
    failed = look(host_with(seen)).failed
    assert (failed.name, failed.detail) == ("container tools-kestra", detail)
    assert (failed.fatal, failed.deaf, kestra.asked) == (False, False, [])


def test_ports_as_declared_are_no_finding(kestra: FakeKestra) -> None:
    seen = replace(UP, kestra=replace(UP.kestra, published={8080: (8080,), 8081: (8081,)}))
    assert names(look(host_with(seen))) == ALL


def test_forbidden_forwarding_says_nothing_of_kestra(kestra: FakeKestra) -> None:
    kestra.health = httpx.ProxyError("the SSH server forwards no connections")
    failed = look().failed
    assert (failed.detail, failed.fatal, failed.deaf) == (str(kestra.health), True, False)


def test_slow_answer_is_waited_for(kestra: FakeKestra) -> None:
    kestra.health = httpx.ReadTimeout("slow")
    assert not look().failed.deaf


def test_api_open_to_everybody_is_detected(kestra: FakeKestra) -> None:
    kestra.users = {}
    verdict = look()
    assert names(verdict) == ALL[:6]
    assert verdict.failed.detail == "200: the API is open to everybody who reaches it"


def test_api_that_takes_any_password_is_detected(kestra: FakeKestra) -> None:
    def api(request: httpx.Request) -> Reply:
        return httpx.Response(200 if "Authorization" in request.headers else 401, json={})

    kestra.api = api
    verdict = look()
    assert names(verdict) == ALL[:7]
    assert "open to everybody" in verdict.failed.detail


def test_credentials_that_kestra_refuses_are_detected(kestra: FakeKestra) -> None:
    kestra.users = {"admin@kestra.local": "another-Password-1"}
    verdict = look()
    assert names(verdict) == ALL
    assert verdict.failed.detail == (
        "401: Kestra does not accept the credentials in .env. "
        "docker logs tools-kestra shows whether it took its configuration"
    )
    assert API_PASSWORD not in verdict.failed.detail


@pytest.mark.parametrize("status", [302, 404, 500])
def test_other_answers_are_shown_with_what_was_expected(kestra: FakeKestra, status: int) -> None:
    kestra.api = lambda request: httpx.Response(status)
    verdict = look()
    assert names(verdict) == ALL[:6]
    assert verdict.failed.detail == f"{status}, 401 expected"


@pytest.mark.parametrize(
    "raised", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("reset")]
)
def test_api_that_does_not_answer_is_a_failed_check(kestra: FakeKestra, raised: Exception) -> None:
    kestra.api = lambda request: raised
    verdict = look()
    assert names(verdict) == [*ALL[:5], "API"]
    assert verdict.failed.detail == f"port 8080 does not answer ({raised})"


class Kestra(Echo):
    """A real server that knows one password, healthy on every path."""

    def answer(self) -> tuple[int, bytes]:
        known = self.headers.get("Authorization") == OURS._auth_header or self.path == "/health"
        return 200 if known else 401, b'{"status": "UP", "version": "1.3.39"}'


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_api_is_asked_at_the_address_it_is_bound_to(address: str) -> None:
    """With an address of the host as `bind_address` nothing listens on its loopback."""
    with serving(Kestra, address) as http_port, serving(Kestra) as management_port:
        settings = Settings(
            bind_address=address, http_port=http_port, management_port=management_port
        )
        verdict = look(host_with(), settings)
    assert [check.detail for check in verdict.checks if not check.ok] == []
