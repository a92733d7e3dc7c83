"""What a command asks of a host: whatever it answers, the other hosts are told of."""

from __future__ import annotations

import pytest

from kestra_provision.facts.status import Status, StatusSeen
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.status import look
from kestra_provision.status.judge import HostStatus
from tests.operations.fake_host import FakeHost


@pytest.fixture(autouse=True)
def _reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "use_sudo", lambda host: HostSurvey(privilege="root"))


def status(seen: object) -> HostStatus:
    return look.status_of(FakeHost({Status: seen}).as_host)


@pytest.mark.parametrize(
    "answer",
    [
        {"overallHealth": "healthy", "services": []},
        {"overallHealth": "healthy", "services": ["kestra"], "host": {"problems": []}},
        {"services": [], "host": {"problems": []}},
    ],
    ids=["no problems", "other services", "no verdict"],
)
def test_health_check_of_another_version_is_unknown(answer: dict[str, object]) -> None:
    found = status(StatusSeen(health=answer))
    assert found.overall == "unknown"
    assert found.causes[0].startswith("the host's health check is of another version (")
    assert found.causes[0].endswith("; pyinfra inventory deploy.py")


def test_host_that_goes_away_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(host: object) -> HostSurvey:
        raise OSError("the line is cut")

    monkeypatch.setattr(look, "use_sudo", gone)
    assert status(StatusSeen()) == HostStatus("fake", "unreachable", ("OSError: the line is cut",))
