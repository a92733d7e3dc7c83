"""kestra-provision logs"""

from __future__ import annotations

import os
import re
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
        from kestra_provision.text import moment

        complaint_of = {"tail": logs.complaint_of_tail, "since": moment.complaint_of}[name]
        if value is not None and (complaint := complaint_of(value)):
            raise click.BadParameter(complaint, ctx, parameter)
        return value

    return check


def _pattern(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> re.Pattern[str] | None:
    try:
        return None if value is None else re.compile(value)
    except re.error as error:
        raise click.BadParameter(f"{value!r} is no pattern: {error}", ctx, parameter) from error


@click.command()
@arguments.one_host
@click.option("--service", type=click.Choice(NAMES), help="Its log alone, as Docker has it.")
@click.option(
    "--tail",
    metavar="N",
    callback=_checked("tail"),
    help="The last N lines of each service, or all; default 100, with --since or --grep all.",
)
@click.option(
    "--since",
    metavar="TIME",
    callback=_checked("since"),
    help="No older than 10m or 1h30m, or since 2026-01-31T12:00:00Z.",
)
@click.option(
    "--grep",
    metavar="PATTERN",
    callback=_pattern,
    help="Only lines with this regular expression; (?i) before it takes either case.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
def logs(
    host: str,
    inventory: str,
    service: str | None,
    tail: str | None,
    since: str | None,
    grep: re.Pattern[str] | None,
    follow: bool,
) -> None:
    """Shows the logs of HOST, secrets struck out.

    Of all services in the order of time, each line with its service; with --service of one.

    \b
    Example:
      kestra-provision logs vps1
      kestra-provision logs vps1 --since 1h --grep ERROR
      kestra-provision logs vps1 --service kestra --follow
    """
    tail = tail or ("all" if since or grep else "100")
    # gevent would show a KeyboardInterrupt on the terminal before it lets it through.
    before = signal.signal(signal.SIGINT, lambda *_: sys.exit(_BY_CTRL_C))
    try:
        _show(host, inventory, service, tail, since, grep, follow)
    except BrokenPipeError:
        # As `head` does it; Python would complain when it flushes stdout at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        signal.signal(signal.SIGINT, before)


def _show(
    name: str,
    inventory: str,
    service: str | None,
    tail: str,
    since: str | None,
    grep: re.Pattern[str] | None,
    follow: bool,
) -> None:
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.profiles import stack_of
    from kestra_provision.remote.follow import ConnectionEndedError, running
    from kestra_provision.run.hosts import connected
    from kestra_provision.status import logs

    with connected(inventory, name) as (host, settings):
        containers = stack_of(settings).containers
        if service and service not in containers:
            known = ", ".join(containers)
            raise click.ClickException(f"{name} has no service {service}, it has: {known}")
        if service:
            containers = {service: containers[service]}
        try:
            wanted, containers = containers, logs.there(host, containers)
            for gone in wanted.keys() - containers.keys():
                click.echo(f"{name}: there is no container {wanted[gone]}", err=True)
            secrets = logs.struck_out(host, settings)
            with running(host, logs.command(containers, tail, since, follow)) as started:
                lines: Iterable[str] = logs.without_secrets(_while_wanted(started.chunks), secrets)
                if len(containers) > 1 and not follow:
                    lines = logs.in_time(lines)
                for line in lines:
                    if grep is None or grep.search(line):
                        sys.stdout.write(line)
                        sys.stdout.flush()
                code = started.exit_code()
        except (logs.NoLogError, ConnectionEndedError) as error:
            raise click.ClickException(f"{name}: {error}") from error
    if code:
        raise click.ClickException(f"{name}: docker logs ended with exit code {code}")


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
