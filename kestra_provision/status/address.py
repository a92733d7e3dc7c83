"""Where Kestra of a host is for its users: an address, or a tunnel to it."""

from __future__ import annotations

import shlex
from ipaddress import ip_address

from pyinfra.api.host import Host

from kestra_provision.remote.ssh_line import destination, name, over_ssh, ssh_options
from kestra_provision.settings import Settings
from kestra_provision.settings.addresses import bracketed, reached
from kestra_provision.stack.service import Page, Port


def needs_tunnel(host: Host, settings: Settings) -> bool:
    """True when Kestra listens on the loopback of another machine."""
    return over_ssh(host) and ip_address(settings.bind_address).is_loopback


def url(host: Host, settings: Settings, port: int | None = None) -> str:
    """What users open; where a tunnel is needed, once there is one.

    + port: where the container listens now; None for the declared one
    """
    if settings.kestra_url:
        return settings.kestra_url
    address = ip_address(settings.bind_address)
    there = reached(settings.bind_address)
    if address.is_unspecified and over_ssh(host):
        there = name(host)
    elif there in ("127.0.0.1", "::1") or (address.is_loopback and over_ssh(host)):
        there = "localhost"
    return f"http://{bracketed(there)}:{port or settings.http_port}/"


def ssh_line(host: Host, port: Port) -> str:
    """The tunnel as a command to copy; the port has the same number at both of its ends."""
    forward = f"{port.published}:{bracketed(reached(port.address))}:{port.published}"
    return shlex.join(["ssh", "-N", *ssh_options(host), "-L", forward, destination(host)])


def way_to(host: Host, page: Page) -> str:
    """How to open a page from the laptop, as a command to copy or an address."""
    if over_ssh(host) and ip_address(page.port.address).is_loopback:
        return f"{ssh_line(host, page.port)}   then open http://localhost:{page.port.published}/"
    return f"open {page.url}"
