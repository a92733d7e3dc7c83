"""Whether a log can be shown, and what is struck out of it."""

from __future__ import annotations

import pytest

from kestra_provision.facts.running import Instance, Running, RunningSeen
from kestra_provision.facts.survey import HostSurvey, Survey
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
    "there is no container tools-kestra": DEPLOYED,
}


def struck_out(there: bool, env: Answer = (True, ENV, ""), survey: HostSurvey = DEPLOYED) -> object:
    running = RunningSeen({"one": Instance(status="exited")} if there else {})
    host = FakeHost({Running: running, Survey: survey}, {"stat -c": env})
    return logs.struck_out(host.as_host, Tools(), "tools-kestra")


def test_secrets_of_a_container_that_has_ended_too() -> None:
    assert struck_out(there=True) == [SECRET]


@pytest.mark.parametrize("words", ABSENT)
def test_missing_container_says_why_and_what_helps(words: str) -> None:
    with pytest.raises(
        logs.NoLogError, match=rf"^{words}; pyinfra inventory deploy\.py --limit \S+$"
    ):
        struck_out(there=False, survey=ABSENT[words])


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ((True, "", ""), "there is no /opt/kestra/.env"),
        ((False, "", "Permission denied"), "/opt/kestra/.env cannot be read: Permission denied"),
    ],
)
def test_no_log_when_its_secrets_cannot_be_told(env: Answer, words: str) -> None:
    with pytest.raises(logs.NoLogError, match=rf"^{words}.*secrets cannot be struck out"):
        struck_out(there=True, env=env)
