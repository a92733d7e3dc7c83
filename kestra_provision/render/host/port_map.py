"""Which service listens where, as a Markdown table for people."""

from __future__ import annotations

from kestra_provision import HEADER
from kestra_provision.settings import Settings

_EVERYBODY = ("0.0.0.0", "::")
_COLUMNS = ("Service", "Container", "Address", "Port", "Setting", "Purpose", "Published")


def port_map(settings: Settings) -> str:
    """One row a port, also of those that nobody outside of the stack reaches."""
    kestra, postgres = settings.container_name, settings.postgres_container_name
    rows = [
        _COLUMNS,
        ("---",) * len(_COLUMNS),
        (
            "kestra",
            f"`{kestra}`",
            f"`{settings.bind_address}`",
            str(settings.http_port),
            "`http_port` (`KESTRA_HTTP_PORT`), `bind_address`",
            f"UI and API: <{settings.url}>",
            _published(settings.bind_address),
        ),
        (
            "kestra",
            f"`{kestra}`",
            "`127.0.0.1`",
            str(settings.management_port),
            "`management_port` (`KESTRA_MANAGEMENT_PORT`)",
            "`/health`, `/prometheus`; it has no password",
            _published("127.0.0.1"),
        ),
        (
            "postgres",
            f"`{postgres}`",
            f"network `{settings.internal_network}`",
            "5432",
            "-",
            f"database `{settings.db_name}` of Kestra",
            "no",
        ),
    ]
    port, address = settings.http_port, settings.local_address
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"<!-- {HEADER}. Change the inventory, then: pyinfra inventory deploy.py -->\n"
        f"# Ports of the tools stack\n\n{lines}\n\n"
        f"From elsewhere: `ssh -N -L {port}:{address}:{port} USER@HOST`\n"
    )


def _published(address: str) -> str:
    if address in _EVERYBODY:
        return "on every address of the host"
    local = address.startswith("127.") or address == "::1"
    return "loopback only" if local else f"on {address}"
