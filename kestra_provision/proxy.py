"""An HTTP proxy for apt and Docker: what is written where, and who cannot take it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kestra_provision import HEADER, LABEL
from kestra_provision.distribution import distribution
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.settings import Problem, Settings
from kestra_provision.versions import at_least

#: A label of the daemon, the one place in its JSON that can say who wrote `proxies`.
MARK = f"{LABEL}.proxies=true"
#: Docker reads `proxies` in daemon.json from this version on.
OLDEST_DOCKER = "23.0"

_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def apt_text(proxy: str, exceptions: Sequence[str]) -> str:
    """apt's configuration. It knows single hosts as exceptions, neither networks nor suffixes."""
    lines = [f"// {HEADER}: http_proxy and no_proxy of the inventory."]
    for scheme in ("http", "https"):
        lines.append(f'Acquire::{scheme}::Proxy "{proxy}";')
        lines += [
            f'Acquire::{scheme}::Proxy::{name} "DIRECT";'
            for name in exceptions
            if _HOST.fullmatch(name)
        ]
    return "\n".join([*lines, ""])


def daemon_proxies(settings: Settings) -> dict[str, str]:
    """`proxies` for daemon.json; empty without a proxy."""
    proxy = settings.http_proxy
    if proxy is None:
        return {}
    exceptions = {"no-proxy": ",".join(settings.no_proxy)} if settings.no_proxy else {}
    return {"http-proxy": proxy, "https-proxy": proxy, **exceptions}


def curl_options(settings: Settings) -> str:
    """The proxy for a download by the host; empty without one."""
    if settings.http_proxy is None:
        return ""
    exceptions = f" --noproxy '{','.join(settings.no_proxy)}'" if settings.no_proxy else ""
    return f"--proxy '{settings.http_proxy}'{exceptions}"


def judge_proxy(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    """An engine that would not know the proxy, said before anything changes."""
    coming = distribution(survey.os_id, survey.os_version).engine_version
    engine = survey.docker or (coming if settings.docker_source == "distro" else None)
    if settings.http_proxy and engine and not at_least(engine, OLDEST_DOCKER):
        yield Problem(
            f"Docker Engine {engine} takes no proxy from daemon.json, as {OLDEST_DOCKER} does",
            "http_proxy",
            "use a newer engine (docker_source = 'docker'), or remove http_proxy and give the "
            "service its proxy yourself: systemctl edit docker",
        )
