"""An HTTP proxy for apt and Docker: what is written where, and who cannot take it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kestra_provision import HEADER, LABEL
from kestra_provision.settings import Settings

#: A label of the daemon, the one place in its JSON that can say who wrote `proxies`.
MARK = f"{LABEL}.proxies=true"

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
