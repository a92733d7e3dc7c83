"""kestra-provision open"""

from __future__ import annotations

import webbrowser

import click

from kestra_provision.cli import arguments


@click.command("open")
@arguments.one_host
@click.option("--browser", is_flag=True, help="Open the address in a browser as well.")
def open_(host: str, inventory: str, browser: bool) -> None:
    """Opens Kestra of HOST, through a tunnel where it needs one.

    The tunnel stays until Ctrl-C. It uses your ssh client, with its own configuration (jump hosts,
    agent) and what the inventory says of the host. Where Kestra can be reached without one, only
    the address is shown.

    \b
    Example:
      kestra-provision open vps1
      kestra-provision open vps1 --browser
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.remote import tunnel
    from kestra_provision.run.hosts import judged
    from kestra_provision.run.state import settings_of
    from kestra_provision.status import address

    _, (target,) = judged(inventory, host)
    settings = settings_of(target)

    def say(url: str, note: str = "") -> None:
        click.echo(f"{url}{note}")
        if browser:
            webbrowser.open(url)

    if not address.needs_tunnel(target, settings):
        say(address.url(target, settings))
        return
    port = tunnel.free_port(settings.http_port)
    if port != settings.http_port:
        click.echo(f"port {settings.http_port} is busy on this machine, {port} is taken", err=True)
    try:
        status = tunnel.hold(
            tunnel.command(target, f"{settings.local_address}:{settings.http_port}", port),
            port,
            ready=lambda: say(f"http://localhost:{port}/", "   (Ctrl-C closes the tunnel)"),
        )
    except FileNotFoundError as error:
        raise click.ClickException("no ssh client here; install openssh-client") from error
    if status:
        raise click.ClickException(
            f"the tunnel to {host} ended (ssh exit code {status}), see above"
        )
