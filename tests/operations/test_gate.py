"""The gate: it passes in silence, or shows the cause and its container's log."""

import pytest

from kestra_provision.facts.health import HostHealth
from kestra_provision.health import gate
from kestra_provision.health.check import Check
from kestra_provision.health.gate import explain, wait_until_healthy
from tests.operations.broken_stacks import BROKEN
from tests.operations.fake_kestra import (
    API_PASSWORD,
    DB_PASSWORD,
    SETTINGS,
    FakeKestra,
    host_with,
    look,
)


def test_explanation_shows_the_log_without_secrets() -> None:
    log = f"starting\nurl=jdbc password={DB_PASSWORD}\nauth {API_PASSWORD} given\n"
    host = host_with()
    host.answers["docker logs"] = (True, log, "")
    failed = BROKEN["Kestra restarts for ever"]
    verdict = look(failed.host)
    explain(host.as_host, SETTINGS, verdict.failed)
    seven = "restarted 7 times, exit code 1: docker logs tools-kestra"
    assert host.logs == [
        f"not healthy: container tools-kestra: {seven}",
        "    cause: it exits at once: its configuration, its data, or its memory",
        "    fix: kestra-provision logs fake --service kestra --tail 50",
        "last lines of docker logs tools-kestra:",
        "    starting",
        "    url=jdbc password=*****",
        "    auth ***** given",
    ]
    assert "docker logs --tail 25 tools-kestra 2>&1" in host.ran[0][0].get_raw_value()


def test_explanation_of_a_silent_container() -> None:
    host = host_with()
    explain(host.as_host, SETTINGS, look(BROKEN["Kestra missing"].host).failed)
    assert "    (none)" in host.logs


@pytest.mark.parametrize("env", ["600 0 0\nbroken\n.", ""], ids=["broken", "missing"])
def test_log_is_not_shown_where_its_secrets_are_not_known(env: str) -> None:
    """The container runs on with those it was made with."""
    host = host_with(env=(True, env, ""))
    host.answers = {"docker logs": (True, f"url=jdbc password={DB_PASSWORD}", ""), **host.answers}
    explain(host.as_host, SETTINGS, look(BROKEN["Kestra missing"].host).failed)
    assert DB_PASSWORD not in host.said
    assert any("(not shown: /opt/kestra/.env does not tell" in line for line in host.logs)


def test_gate_passes_a_healthy_host_in_silence(kestra: FakeKestra) -> None:
    host = host_with()
    assert wait_until_healthy(host.as_host, SETTINGS)
    assert host.logs == []


def test_gate_says_at_once_what_it_waits_for(kestra: FakeKestra) -> None:
    """A look at a service that hangs takes ten seconds."""
    host = host_with()
    failed = Check("Kestra's ports", False, "tools-kestra is starting", "tools-kestra")
    assert wait_until_healthy(host.as_host, SETTINGS, failed)
    assert host.logs == ["waiting for Kestra's ports: tools-kestra is starting (0 of 300 s)"]


def test_gate_ends_at_a_lost_connection(
    kestra: FakeKestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left to ask for logs; what was lost is said where the operation fails."""
    monkeypatch.setattr(gate, "lost", lambda host: True)
    host = host_with(seen=HostHealth())
    assert not wait_until_healthy(host.as_host, SETTINGS)
    assert host.logs == []


def test_gate_ends_at_a_fatal_finding_with_its_explanation(kestra: FakeKestra) -> None:
    host = BROKEN["wrong database password"].host
    host.logs.clear()
    assert not wait_until_healthy(host.as_host, SETTINGS)
    assert host.logs[0].startswith("not healthy: database login: PostgreSQL refuses")
    assert host.logs[1].startswith("    cause: the data was made with another one")
    assert host.logs[2].startswith("    fix: put the old value back")
    assert host.logs[3] == "last lines of docker logs tools-kestra-postgres:"
