"""Which service listens where, as a Markdown table for people."""

from __future__ import annotations

from kestra_provision import HEADER
from kestra_provision.settings import Settings
from kestra_provision.settings.addresses import EVERYWHERE
from kestra_provision.stack.service import Port, Service
from kestra_provision.stack.stack import Stack

_COLUMNS = ("Service", "Container", "Address", "Port", "Setting", "Purpose", "Published")


def port_map(settings: Settings, stack: Stack) -> str:
    """One row a port, also of those that nobody outside of the stack reaches."""
    rows = [_COLUMNS, ("---",) * len(_COLUMNS)]
    rows += [_row(service, port, stack) for service in stack.shown for port in service.ports]
    port, address = settings.http_port, settings.local_address
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"<!-- {HEADER}. Change the inventory, then: pyinfra inventory deploy.py -->\n"
        f"# Ports of the {stack.name} stack\n\n{lines}\n\n"
        f"From elsewhere: `ssh -N -L {port}:{address}:{port} USER@HOST`\n"
    )


def _row(service: Service, port: Port, stack: Stack) -> tuple[str, ...]:
    names = (service.name, f"`{service.container}`")
    if port.published is None:
        return (*names, f"network `{stack.internal}`", str(port.inside), "-", port.purpose, "no")
    bound_by = f", `{port.bound_by}`" if port.bound_by else ""
    return (
        *names,
        f"`{port.address}`",
        str(port.published),
        f"`{port.setting}` (`{port.variable}`){bound_by}",
        port.purpose,
        _published(port.address),
    )


def _published(address: str) -> str:
    if address in EVERYWHERE:
        return "on every address of the host"
    local = address.startswith("127.") or address == "::1"
    return "loopback only" if local else f"on {address}"
