"""What is written for a proxy, and which engine cannot take it."""

from typing import Any

import pytest

from kestra_provision.docker.proxy import apt_text, curl_options, daemon_proxies
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.proxy import judge_proxy
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import rules

PROXY = "http://10.0.0.1:3128"


def test_apt_knows_hosts_as_exceptions_only() -> None:
    text = apt_text(PROXY, ["a.example.com", ".example.org", "*.example.net", "10.0.0.0/8"])
    assert text.splitlines()[1:] == [
        f'Acquire::http::Proxy "{PROXY}";',
        'Acquire::http::Proxy::a.example.com "DIRECT";',
        f'Acquire::https::Proxy "{PROXY}";',
        'Acquire::https::Proxy::a.example.com "DIRECT";',
    ]


def test_docker_knows_all_exceptions() -> None:
    given = Tools(http_proxy=PROXY, no_proxy=[".example.org", "10.0.0.0/8"])
    assert daemon_proxies(given) == {
        "http-proxy": PROXY,
        "https-proxy": PROXY,
        "no-proxy": ".example.org,10.0.0.0/8",
    }
    assert daemon_proxies(Tools(http_proxy=PROXY)) == {
        "http-proxy": PROXY,
        "https-proxy": PROXY,
    }
    assert daemon_proxies(Tools()) == {}


def test_download_goes_through_it() -> None:
    assert curl_options(Tools()) == ""
    assert curl_options(Tools(http_proxy=PROXY)) == f"--proxy '{PROXY}'"
    given = Tools(http_proxy=PROXY, no_proxy=["a", "b"])
    assert curl_options(given) == f"--proxy '{PROXY}' --noproxy 'a,b'"


@pytest.mark.parametrize(
    ("given", "engine", "version", "refused"),
    [
        ({"http_proxy": PROXY}, "20.10.24+dfsg1", "12", True),
        ({"http_proxy": PROXY}, "23.0.0", "12", False),
        ({"http_proxy": PROXY}, None, "13", False),
        ({"http_proxy": PROXY, "docker_source": "distro"}, None, "12", True),
        ({"http_proxy": PROXY, "docker_source": "distro"}, "26.1.5", "12", False),
        ({"http_proxy": PROXY, "docker_source": "docker"}, None, "12", False),
        ({}, "20.10.24+dfsg1", "12", False),
    ],
)
def test_old_engine_is_refused(
    given: dict[str, Any], engine: str | None, version: str, refused: bool
) -> None:
    survey = HostSurvey(os_id="debian", os_version=version, docker=engine)
    assert bool(list(judge_proxy(Tools(**given), survey))) is refused


@pytest.mark.parametrize(
    "value", [PROXY, "https://proxy.example.com:443", "http://[2001:db8::1]:1/"]
)
def test_proxy(value: str) -> None:
    assert rules.proxy(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "10.0.0.1:3128",
        "http://10.0.0.1",
        "socks5://a:1",
        "http://a:1/x",
        "http://a:1 b",
        "http://'a:1",
    ],
)
def test_no_proxy_address(value: str) -> None:
    assert "http://HOST:PORT" in str(rules.proxy(value))


def test_password_in_a_proxy_is_refused() -> None:
    assert "no user and password" in str(rules.proxy("http://me:secret@10.0.0.1:3128"))


@pytest.mark.parametrize(
    "value", ["a.example.com", ".example.com", "*.example.com", "10.0.0.0/8", "::1", "host:8080"]
)
def test_exception(value: str) -> None:
    assert rules.proxy_exception(value) is None


@pytest.mark.parametrize("value", ["", "a,b", "a b", "http://a", "a'", '"', "*", "."])
def test_no_exception(value: str) -> None:
    assert rules.proxy_exception(value)


@pytest.mark.parametrize(
    "value", ["docker.io", "registry.example.com", "127.0.0.1:5000", "localhost:1"]
)
def test_registry(value: str) -> None:
    assert rules.registry(value) is None


@pytest.mark.parametrize("value", ["", "https://a", "a/b", "A", "a:", "a b", "-a", "a'"])
def test_no_registry(value: str) -> None:
    assert rules.registry(value)
