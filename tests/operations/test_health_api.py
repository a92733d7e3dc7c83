"""Health, its last checks: the API answers, and only to who knows the password."""

import httpx
import pytest

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
