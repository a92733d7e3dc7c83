"""apt's proxy file: written, kept, removed when it is ours; and the daemon's proxies."""

from dataclasses import replace
from typing import Any

import pytest
from pyinfra.api.command import StringCommand

from kestra_provision.docker.proxy import MARK, apt_text
from kestra_provision.facts.apt_proxy import APT_PROXY, AptProxy, AptProxySeen
from kestra_provision.operations import daemon, proxy
from tests.operations.fake_host import FakeHost, raw, yielded

PROXY = "http://10.0.0.1:3128"
EXCEPTIONS = ["mirror.example.com", ".example.org", "10.0.0.0/8"]
OURS = AptProxySeen(apt_text(PROXY, EXCEPTIONS).rstrip("\n"), "644 0 0")


def for_apt(seen: AptProxySeen, url: str | None = PROXY) -> tuple[FakeHost, list[Any]]:
    host = FakeHost({AptProxy: seen})
    return host, yielded(host, proxy.for_apt, proxy=url, exceptions=EXCEPTIONS)


def test_right_file_is_left_alone() -> None:
    host, commands = for_apt(OURS)
    assert commands == []
    assert host.noops == [f"apt goes through {PROXY}"]


@pytest.mark.parametrize(
    "seen",
    [
        AptProxySeen(),
        replace(OURS, text=OURS.text.replace("3128", "3129")),
        replace(OURS, access="600 0 0"),
        replace(OURS, access="644 1000 1000"),
        AptProxySeen("// by hand", "644 0 0"),
    ],
)
def test_anything_else_is_written(seen: AptProxySeen) -> None:
    (command,) = for_apt(seen)[1]
    assert isinstance(command, StringCommand)
    assert command.connector_arguments["_stdin"] == apt_text(PROXY, EXCEPTIONS)
    assert f"mv -fT /etc/apt/apt.conf.d/.95kestra-provision-proxy.kestra-provision {APT_PROXY}" in (
        command.get_raw_value()
    )


def test_only_ours_is_removed() -> None:
    assert raw(for_apt(OURS, None)[1]) == [f"rm -f {APT_PROXY}"]
    assert for_apt(AptProxySeen("// by hand", "644 0 0"), None)[1] == []
    assert for_apt(AptProxySeen(), None)[1] == []


def test_file_is_read_with_its_owner() -> None:
    fact = AptProxy()
    lines = ["", "@@access", "644 0 0", "", "@@text", *OURS.text.splitlines()]
    assert fact.process(lines) == OURS
    assert fact.process(["", "@@access", "", "@@text"]) == AptProxySeen()
    assert APT_PROXY in fact.command()


PROXIES = {"http-proxy": PROXY, "https-proxy": PROXY}


@pytest.mark.parametrize(
    "config",
    [{}, {"labels": ["rack=7"]}, {"debug": True}, {"proxies": {"http-proxy": "http://old:1"}}],
)
def test_proxies_of_the_daemon_come_with_a_mark(config: dict[str, Any]) -> None:
    merged = daemon.merged(config, PROXIES)
    assert merged["proxies"] == PROXIES
    assert merged["labels"] == [*config.get("labels", []), MARK]
    assert daemon.merged(merged, PROXIES) == merged


@pytest.mark.parametrize("config", [{}, {"labels": ["rack=7"]}, {"debug": True}])
def test_marked_proxies_go_and_leave_no_trace(config: dict[str, Any]) -> None:
    assert daemon.merged(daemon.merged(config, PROXIES)) == daemon.merged(config)


def test_proxies_of_somebody_else_are_kept() -> None:
    config = {"proxies": PROXIES, "labels": ["rack=7"]}
    merged = daemon.merged(config)
    assert (merged["proxies"], merged["labels"]) == (PROXIES, ["rack=7"])
