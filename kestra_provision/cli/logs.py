"""kestra-provision logs"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator

import click

from kestra_provision.cli import arguments
from kestra_provision.services import NAMES

_BY_CTRL_C = 130


def _checked(name: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A callback that refuses before anything is connected to."""

    def check(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        from kestra_provision.status import logs

        complaint_of = {"tail": logs.complaint_of_tail, "since": logs.complaint_of_since}[name]
        if value is not None and (complaint := complaint_of(value)):
            raise click.BadParameter(complaint, ctx, parameter)
        return value

    return check


@click.command()
@arguments.host
@arguments.inventory
@click.option(
    "--service",
    type=click.Choice(NAMES),
    default=NAMES[0],
    show_default=True,
    help="Whose log.",
)
@click.option(
    "--tail",
    default="100",
    show_default=True,
    metavar="N",
    callback=_checked("tail"),
    help="The last N lines, or all.",
)
@click.option(
    "--since",
    metavar="TIME",
    callback=_checked("since"),
    help="No older than 10m or 1h30m, or since 2026-01-31T12:00:00Z.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
def logs(
    host: str, inventory: str, service: str, tail: str, since: str | None, follow: bool
) -> None:
    """Shows the log of Kestra on HOST, secrets struck out.

    With --service it is the one of another service of its stack.

    \b
    Example:
      kestra-provision logs vps1
      kestra-provision logs vps1 --since 10m --tail all
      kestra-provision logs vps1 --follow
    """
    # gevent would show a KeyboardInterrupt on the terminal before it lets it through.
    before = signal.signal(signal.SIGINT, lambda *_: sys.exit(_BY_CTRL_C))
    try:
        _show(host, inventory, service, tail, since, follow)
    except BrokenPipeError:
        # As `head` does it; Python would complain when it flushes stdout at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        signal.signal(signal.SIGINT, before)


def _show(
    name: str, inventory: str, service: str, tail: str, since: str | None, follow: bool
) -> None:
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.profiles import stack_of
    from kestra_provision.remote.follow import ConnectionEndedError, running
    from kestra_provision.run.hosts import connected
    from kestra_provision.status import logs

    with connected(inventory, name) as (host, settings):
        containers = stack_of(settings).containers
        if service not in containers:
            known = ", ".join(containers)
            raise click.ClickException(f"{name} has no service {service}, it has: {known}")
        container = containers[service]
        try:
            secrets = logs.struck_out(host, settings, container)
            with running(host, logs.command(container, tail, since, follow)) as started:
                for line in logs.without_secrets(_while_wanted(started.chunks), secrets):
                    sys.stdout.write(line)
                    sys.stdout.flush()
                code = started.exit_code()
        except (logs.NoLogError, ConnectionEndedError) as error:
            raise click.ClickException(f"{name}: {error}") from error
    if code:
        raise click.ClickException(f"{name}: docker logs {container} ended with exit code {code}")


def _while_wanted(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Raises BrokenPipeError when nobody reads stdout any more, though there is no line to write.

    `| head` would else keep a follower until the next line, which may never come.
    """
    from gevent.monkey import get_original

    poll = get_original("select", "poll")()  # gevent's own knows no error of a pipe
    poll.register(sys.stdout.fileno(), 0)
    for chunk in chunks:
        if poll.poll(0):
            raise BrokenPipeError
        yield chunk
