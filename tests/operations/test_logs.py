"""Whether a log can be shown, and what is struck out of it."""

from __future__ import annotations

import pytest

from kestra_provision.facts.running import Instance, Running, RunningSeen
from kestra_provision.facts.survey import HostSurvey, Survey
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.status import logs
from tests.operations.fake_host import Answer, FakeHost

SECRET = "Obviously-fake-1"
ENV = f"600 0 0\nKESTRA_HTTP_PORT=8080\nKESTRA_DB_PASSWORD={SECRET}\n."
DEPLOYED = HostSurvey(docker="26", docker_client=True, env_written="2026-01-31 12:00:00")
ABSENT = {
    "Docker is not installed, so nothing was deployed here yet": HostSurvey(),
    "Docker does not answer; on the host: systemctl status docker": HostSurvey(docker_client=True),
    "nothing was deployed here yet": HostSurvey(docker="26", docker_client=True),
    "there is no container tools-kestra and tools-kestra-postgres": DEPLOYED,
}


def there(*services: str, survey: HostSurvey = DEPLOYED) -> dict[str, str]:
    running = RunningSeen({service: Instance(status="exited") for service in services})
    host = FakeHost({Running: running, Survey: survey})
    return logs.there(host.as_host, stack_of(Tools()).containers)


def struck_out(env: Answer = (True, ENV, "")) -> list[str]:
    return logs.struck_out(FakeHost({}, {"stat -c": env}).as_host, Tools())


def test_secrets_of_the_host() -> None:
    assert struck_out() == [SECRET]


def test_containers_that_have_ended_too_and_no_others() -> None:
    assert there("kestra") == {"kestra": "tools-kestra"}
    assert [*there("kestra", "postgres")] == ["kestra", "postgres"]


@pytest.mark.parametrize("words", ABSENT)
def test_missing_container_says_why_and_what_helps(words: str) -> None:
    with pytest.raises(
        logs.NoLogError, match=rf"^{words}; pyinfra inventory deploy\.py --limit \S+$"
    ):
        there(survey=ABSENT[words])


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ((True, "", ""), "there is no /opt/kestra/.env"),
        ((False, "", "Permission denied"), "/opt/kestra/.env cannot be read: Permission denied"),
    ],
)
def test_no_log_when_its_secrets_cannot_be_told(env: Answer, words: str) -> None:
    with pytest.raises(logs.NoLogError, match=rf"^{words}.*secrets cannot be struck out"):
        struck_out(env)
