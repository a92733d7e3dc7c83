"""Health, from the containers up to Kestra's ports; the first failure is the cause."""

from dataclasses import replace
from typing import Any

import pytest

from kestra_provision.facts.health import (
    Answer,
    ContainerHealth,
    Health,
    HostHealth,
    ServiceHealth,
)
from kestra_provision.health.verdict import observe, stranded
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.devorch import DevOrch
from tests.health_seen import seen
from tests.operations.broken_stacks import BROKEN, KESTRA
from tests.operations.fake_host import FakeHost
from tests.operations.fake_kestra import ALL, ENV, SETTINGS, FakeKestra, host_with, look, names


def test_healthy_stack_passes_every_check_in_order(kestra: FakeKestra) -> None:
    host = host_with()
    verdict = look(host)
    assert verdict.healthy
    assert names(verdict) == ALL
    assert verdict.versions == {"docker": "28.2.2", "postgres": "17.6", "kestra": "1.3.39"}
    assert kestra.asked == [
        "8080/api/v1/configs",
        *["8080/api/v1/main/flows/search"] * 3,
        "8080/api/v1/main/executions/search",
    ]
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
    assert "8080/api/v1/main/flows/search" in kestra.asked


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


@pytest.mark.parametrize("word", ["shutting-down", "stale"])
@pytest.mark.parametrize(("before", "restart"), [("healthy", True), ("starting", False)])
def test_one_that_answers_and_is_at_its_end_is_restarted(
    kestra: FakeKestra, word: str, before: str, restart: bool
) -> None:
    failed = look(host_with(seen("kestra", word, "why", health=before))).failed
    assert (failed.name, failed.restart, failed.fatal) == ("health", restart, False)
    assert kestra.asked == [], "its API answers as ever"


@pytest.mark.parametrize("before", ["healthy", "starting", "unhealthy"])
def test_a_start_that_failed_is_not_waited_for(kestra: FakeKestra, before: str) -> None:
    failed = look(host_with(seen("kestra", "stuck", "why", health=before))).failed
    assert (failed.name, failed.restart, failed.fatal) == ("Kestra's ports", True, True)


@pytest.mark.parametrize(
    ("word", "restart"), [("not-answering", True), ("port-closed", False), ("unhealthy", False)]
)
def test_hung_service_that_docker_never_asks_is_restarted(word: str, restart: bool) -> None:
    """Nobody else would, and it never was healthy in Docker's words."""
    settings = DevOrch(sidecar_image="sidecar:1")
    fine = Answer("running")
    services = {
        name: ServiceHealth("running", "", ContainerHealth("running", "healthy"))
        for name in stack_of(settings).containers
    }
    logins = {f"database login of {name}": fine for name in ("kestra", "n8n")}
    services["postgres"] = replace(services["postgres"], answers=logins)
    services["sidecar"] = ServiceHealth(word, "", ContainerHealth("running"))
    host = FakeHost({Health: HostHealth(services)}, {".env": (True, ENV, "")}, settings=settings)
    failed = observe(host.as_host, settings).failed
    assert (failed.name, failed.restart) == ("sidecar's health", restart)


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
