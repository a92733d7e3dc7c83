"""Logging in to a registry: only when needed, the password on stdin and in no message."""

import base64
import json
from typing import Any

import pytest

from kestra_provision.docker.registry import Login, stored_user
from kestra_provision.facts.images import Images, ImagesSeen
from kestra_provision.operations import images
from tests.operations.fake_host import Answer, FakeHost, call, raw, yielded

REGISTRY = "registry.example.com:5000"
PASSWORD = "Canary9-Never-Shown"
REFERENCES = {"kestra": f"{REGISTRY}/kestra/kestra:v1.3.39", "postgres": "postgres:17"}
RECORD = "/opt/kestra/config/images.env"
OURS: dict[str, Any] = {"record": RECORD, "asked": ["kestra"]}


def config(user: str, registry: str = REGISTRY) -> str:
    auth = base64.b64encode(f"{user}:any:thing".encode()).decode()
    return json.dumps({"auths": {registry: {"auth": auth}}})


def login(stored: str, password: str | None, docker_login: Answer) -> tuple[FakeHost, object]:
    answers = {"config.json": (True, stored, ""), "docker login": docker_login}
    host = FakeHost({Images: ImagesSeen()}, answers)
    wanted = Login(REGISTRY, "puller", password)
    command = yielded(host, images.pulled, images=REFERENCES, **OURS, login=wanted)[0]
    return host, call(command, host)


@pytest.mark.parametrize(
    ("missing", "asked"),
    [(["kestra", "postgres"], True), (["kestra"], True), (["postgres"], False)],
)
def test_login_comes_before_a_pull_from_that_registry(missing: list[str], asked: bool) -> None:
    ids = {r: "sha256:1" for s, r in REFERENCES.items() if s not in missing}
    host = FakeHost({Images: ImagesSeen(ids)})
    wanted = Login(REGISTRY, "puller")
    names = raw(yielded(host, images.pulled, images=REFERENCES, **OURS, login=wanted))
    assert ("log_in" in names) is asked
    assert names[-2] == "_pull"


def test_stored_login_of_the_user_is_enough() -> None:
    host, done = login(config("puller"), PASSWORD, (False, "", "never called"))
    assert done is True
    assert [c.get_raw_value() for c, _ in host.ran if "docker login" in c.get_raw_value()] == []


@pytest.mark.parametrize("stored", ["", config("other"), config("puller", "another.example.com")])
def test_password_goes_through_stdin(stored: str) -> None:
    host, done = login(stored, PASSWORD, (True, "Login Succeeded", ""))
    assert done is True
    command, arguments = host.ran[-1]
    assert command.get_raw_value() == (
        # Root's own logins, wherever an environment would have them.
        f'DOCKER_CONFIG="$HOME/.docker" docker login --password-stdin --username puller {REGISTRY}'
    )
    assert arguments["_stdin"] == PASSWORD
    assert arguments["print_output"] is arguments["print_input"] is False
    assert PASSWORD not in host.said


def test_refusal_is_said_without_the_password() -> None:
    answer = (False, "", f"WARNING\nunauthorized: {PASSWORD} is wrong")
    host, done = login("", PASSWORD, answer)
    assert done is False
    assert "refuses puller with KESTRA_REGISTRY_PASSWORD: unauthorized" in host.logs[-1]
    assert PASSWORD not in host.said


def test_missing_password_is_named() -> None:
    host, done = login("", None, (True, "", ""))
    assert done is False
    assert "put KESTRA_REGISTRY_PASSWORD into .env" in host.logs[-1]


def test_password_is_in_no_representation() -> None:
    assert PASSWORD not in repr(Login(REGISTRY, "puller", PASSWORD))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"auths": {}}',
        '{"auths": {"registry.example.com:5000": {}}}',
        '{"auths": {"registry.example.com:5000": {"auth": "%"}}}',
        '{"auths": {"registry.example.com:5000": {"auth": null}}}',
    ],
)
def test_no_stored_user(text: str) -> None:
    assert stored_user(text, REGISTRY) is None


def test_docker_hub_has_a_name_of_its_own() -> None:
    assert stored_user(config("me", "https://index.docker.io/v1/"), "docker.io") == "me"
