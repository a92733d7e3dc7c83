"""Health, its last checks: the API answers, and only to who knows the password."""

import httpx
import pytest

from kestra_provision.health.verdict import Verdict
from kestra_provision.profiles.tools import Tools
from tests.operations.fake_kestra import (
    ALL,
    API_PASSWORD,
    OURS,
    FakeKestra,
    Reply,
    host_with,
    look,
    names,
)
from tests.operations.test_transport import Echo, serving


def test_configs_that_answer_no_json_are_no_failure(kestra: FakeKestra) -> None:
    def api(request: httpx.Request) -> Reply:
        if request.url.path == "/api/v1/configs":
            return httpx.Response(200, text="<html>")
        return kestra._answer(request)

    kestra.api = api
    assert look().healthy


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
    assert names(verdict) == ALL[:9]
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


def configs(kestra: FakeKestra, initialised: object, reasons: Reply) -> Verdict:
    """The verdict on a Kestra that says this of its password."""

    def api(request: httpx.Request) -> Reply:
        if request.url.path == "/api/v1/configs":
            said = {"version": "1.3.39"}
            told = said if initialised is None else {**said, "isBasicAuthInitialized": initialised}
            return httpx.Response(200, json=told)
        if request.url.path == "/api/v1/basicAuthValidationErrors":
            return reasons
        return kestra._answer(request)

    kestra.api = api
    return look()


REASONS = ["Invalid username for Basic Authentication.", "No password set."]


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (httpx.Response(200, json=REASONS), " ".join(REASONS)),
        (
            httpx.Response(200, json=["no\x1b[31m such\nuser"]),
            "no\N{REPLACEMENT CHARACTER}[31m such user",
        ),
        (httpx.Response(200, json=[]), "it found no basic-auth block in its application.yaml"),
        (httpx.Response(404), "it found no basic-auth block in its application.yaml"),
        (httpx.Response(200, text="<"), "it found no basic-auth block in its application.yaml"),
    ],
)
def test_a_password_that_nobody_has_set_is_found_with_its_reason(
    kestra: FakeKestra, reply: Reply, cause: str
) -> None:
    kestra.users = {"nobody@kestra.local": "x"}
    failed = configs(kestra, False, reply).failed
    assert failed.name == "API's password"
    assert failed.detail == (
        "Kestra has none: it answers 401 to everybody, and its first visitor may set one"
    )
    assert failed.cause == cause
    assert failed.fix.endswith("pyinfra inventory deploy.py --limit fake")
    assert (failed.fatal, API_PASSWORD in f"{failed}") == (True, False)


@pytest.mark.parametrize("initialised", [True, None, "unknown"])
def test_a_version_that_does_not_tell_is_asked_for_the_password_alone(
    kestra: FakeKestra, initialised: object
) -> None:
    assert configs(kestra, initialised, httpx.Response(404)).healthy


def test_a_former_password_that_stays_valid_is_found(kestra: FakeKestra) -> None:
    """With its block removed from the configuration Kestra keeps the one that it has stored."""
    kestra.users = {"admin@kestra.local": "former-Password-1"}
    verdict = configs(kestra, True, httpx.Response(401))
    assert verdict.failed.name == "API with ours"
    assert names(verdict)[-3:] == [
        f"API with{who}" for who in ("out credentials", " wrong credentials", " ours")
    ]


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
