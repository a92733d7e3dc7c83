"""Health, from the containers up to an authenticated answer; the first failure is the cause."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from kestra_provision.facts.health import HostHealth
from kestra_provision.health.verdict import Verdict, stranded
from kestra_provision.profiles.tools import Tools
from tests.health_seen import answered, seen
from tests.operations.fake_host import FakeHost
from tests.operations.fake_kestra import (
    API_PASSWORD,
    OURS,
    SETTINGS,
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
    "connections",
    "database login",
    "container tools-kestra",
    "Kestra's ports",
    "health",
    "API without credentials",
    "API with wrong credentials",
    "API with ours",
]
PG = "tools-kestra-postgres"


def test_healthy_stack_passes_every_check_in_order(kestra: FakeKestra) -> None:
    host = host_with()
    verdict = look(host)
    assert verdict.healthy
    assert names(verdict) == ALL
    assert verdict.versions == {"docker": "28.2.2", "postgres": "17.6", "kestra": "1.3.39"}
    assert kestra.asked == ["8080/api/v1/configs", *["8080/api/v1/main/flows/search"] * 3]
    assert (len(host.asked), len(host.ran)) == (1, 1), "one look, and .env"


def test_kestra_that_outlived_its_database_is_named(kestra: FakeKestra) -> None:
    """Its container stays Up for a minute and more, and its ports are closed."""
    down = seen("postgres", "stopped", base=seen("kestra", "ports-closed"))
    effect = stranded(SETTINGS, look(host_with(down)))
    assert effect
    assert effect.name == "tools-kestra without its database"
    assert effect.detail == "the container is Up, its ports 8080 and 8081 are closed"


@pytest.mark.parametrize(
    "down",
    [
        seen("postgres", "stopped", base=seen("kestra", "stopped")),
        seen("kestra", "stopped"),
        seen("postgres", "stopped"),
    ],
    ids=["Kestra is down as well", "only Kestra is down", "Kestra still answers"],
)
def test_nothing_is_stranded(kestra: FakeKestra, down: HostHealth) -> None:
    assert stranded(SETTINGS, look(host_with(down))) is None


def test_stack_that_is_still_starting_by_docker_is_asked_itself(kestra: FakeKestra) -> None:
    assert look(host_with(seen("kestra", "running", health="starting"))).healthy


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


def of_postgres(word: str, name: str, detail: str, fatal: bool = False, **container: Any) -> Case:
    return Case(name, detail, host_with(seen("postgres", word, **container)), fatal, PG)


def of_kestra(word: str, name: str, detail: str, fatal: bool = False, **container: Any) -> Case:
    return Case(name, detail, host_with(seen("kestra", word, **container)), fatal)


def of_login(word: str, detail: str, fatal: bool = False) -> Case:
    return Case("database login", detail, host_with(answered(word, detail)), fatal, PG)


POSTGRES, KESTRA = f"container {PG}", "container tools-kestra"
BROKEN = {
    "database missing": of_postgres("missing", POSTGRES, "does not exist"),
    "database exited": of_postgres("stopped", POSTGRES, "is exited, exit code 0"),
    "database restarting": of_postgres("restart-loop", POSTGRES, "restarted 7 times", fatal=True),
    "database paused": of_postgres("frozen", POSTGRES, "is frozen"),
    "database of a stranger": of_postgres("stranger", POSTGRES, "has its name", fatal=True),
    "database does not accept": of_postgres(
        "not-answering", "connections", f"{PG} is not-answering: the container is Up and accepts no"
    ),
    "database is starting": of_postgres("starting", "connections", f"{PG} is starting"),
    "env broken": Case(
        ".env",
        "/opt/kestra/.env: line 1 is not KEY=value",
        host_with(env=(True, "600 0 0\nno assignment\n", "")),
        fatal=True,
    ),
    "wrong database password": of_login("password-refused", "PostgreSQL refuses", fatal=True),
    "database login fails otherwise": of_login("no-login", 'database "kestra" does not exist'),
    "database login hangs": of_login("no-login", "no answer"),
    "Kestra missing": of_kestra("missing", KESTRA, "does not exist"),
    "Kestra restarts for the first time": of_kestra("restarting", KESTRA, "restarted 2 times"),
    "Kestra restarts for ever": of_kestra("restart-loop", KESTRA, "restarted 7 times", fatal=True),
    "Kestra restarted, Up for a moment": of_kestra(
        "restart-loop", KESTRA, "restarted 7 times", status="running"
    ),
    "Kestra unhealthy by docker": of_kestra(
        "running", KESTRA, "runs, and its health check fails", health="unhealthy"
    ),
    "Kestra starts": of_kestra("starting", "Kestra's ports", "tools-kestra is starting"),
    "ports closed": of_kestra("ports-closed", "Kestra's ports", "its ports 8080 and 8081 are"),
    "health down": of_kestra("unhealthy", "health", "tools-kestra is unhealthy"),
    "Docker silent": Case(POSTGRES, "Docker does not tell", host_with(HostHealth()), container=PG),
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
    assert verdict.failed.cause
    assert verdict.failed.fix
    assert "{" not in verdict.failed.cause + verdict.failed.fix
    assert kestra.asked == []


def test_wrong_database_password_tells_both_ways_out(kestra: FakeKestra) -> None:
    failed = look(BROKEN["wrong database password"].host).failed
    assert failed.cause == "the data was made with another one, and is untouched"
    assert "put the old value back as KESTRA_DB_PASSWORD" in failed.fix
    assert (
        "docker exec -it tools-kestra-postgres psql -U kestra -d kestra -c '\\password'"
    ) in failed.fix


@pytest.mark.parametrize(
    ("before", "restart"), [("healthy", True), ("starting", False), ("", False)]
)
def test_closed_ports_of_one_that_was_healthy_stay_closed(
    kestra: FakeKestra, before: str, restart: bool
) -> None:
    failed = look(host_with(seen("kestra", "ports-closed", health=before))).failed
    assert failed.restart is restart


@pytest.mark.parametrize("word", ["starting", "not-answering", "unhealthy", "management-closed"])
def test_what_waiting_may_mend_is_not_restarted(kestra: FakeKestra, word: str) -> None:
    failed = look(host_with(seen("kestra", word))).failed
    assert (failed.restart, failed.fatal) == (False, False)


@pytest.mark.parametrize(
    ("published", "detail"),
    [
        ({8080: (8080,), 8081: (8099,)}, "its management port is 8099, declared: 8081"),
        ({8080: (9090, 9091), 8081: (8081,)}, "its port is 9090 and 9091, declared: 8080"),
        ({}, "its port is not published, declared: 8080"),
    ],
)
def test_port_that_is_published_elsewhere_is_not_called_closed(
    kestra: FakeKestra, published: dict[int, tuple[int, ...]], detail: str
) -> None:
    """A restart does not mend it, and a healthy Kestra needs none."""
    failed = look(host_with(seen("kestra", "running", published=published))).failed
    assert (failed.name, failed.detail) == (KESTRA, detail)
    assert (failed.fatal, failed.restart, kestra.asked) == (False, False, [])


def test_ports_as_declared_are_no_finding(kestra: FakeKestra) -> None:
    published = {8080: (8080,), 8081: (8081,)}
    assert names(look(host_with(seen("kestra", "running", published=published)))) == ALL


def test_forbidden_forwarding_says_nothing_of_kestra(kestra: FakeKestra) -> None:
    error = httpx.ProxyError("the SSH server forwards no connections; set AllowTcpForwarding")
    kestra.api = lambda request: error
    failed = look().failed
    assert (failed.detail, failed.fatal, failed.restart) == (str(error), True, False)
    assert failed.fix == "set AllowTcpForwarding"


def test_api_open_to_everybody_is_detected(kestra: FakeKestra) -> None:
    kestra.users = {}
    verdict = look()
    assert names(verdict) == ALL[:7]
    assert verdict.failed.detail == "200: the API is open to everybody who reaches it"


def test_api_that_takes_any_password_is_detected(kestra: FakeKestra) -> None:
    def api(request: httpx.Request) -> Reply:
        return httpx.Response(200 if "Authorization" in request.headers else 401, json={})

    kestra.api = api
    verdict = look()
    assert names(verdict) == ALL[:8]
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
    assert names(verdict) == ALL[:7]
    assert verdict.failed.detail == f"{status}, 401 expected"


@pytest.mark.parametrize(
    "raised", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("reset")]
)
def test_api_that_does_not_answer_is_a_failed_check(kestra: FakeKestra, raised: Exception) -> None:
    kestra.api = lambda request: raised
    verdict = look()
    assert names(verdict) == [*ALL[:6], "API"]
    assert verdict.failed.detail == f"port 8080 does not answer ({raised})"


class Kestra(Echo):
    """A real server that knows one password, healthy on every path."""

    def answer(self) -> tuple[int, bytes]:
        known = self.headers.get("Authorization") == OURS._auth_header or self.path == "/health"
        return 200 if known else 401, b'{"status": "UP", "version": "1.3.39"}'


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_api_is_asked_at_the_address_it_is_bound_to(address: str) -> None:
    """With an address of the host as `bind_address` nothing listens on its loopback."""
    with serving(Kestra, address) as http_port:
        settings = Tools(bind_address=address, http_port=http_port)
        verdict = look(host_with(), settings)
    assert [check.detail for check in verdict.checks if not check.ok] == []
