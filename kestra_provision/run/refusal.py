"""Says no to one host and lets the others go on."""

from __future__ import annotations

from typing import NoReturn

import click
import gevent
from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host

from kestra_provision.settings import Problem


def refuse(host: Host, problems: list[Problem]) -> NoReturn:
    """Drops `host` from the run before its first operation, with every reason.

    Works while operations are prepared. pyinfra aborts all hosts on an exception in a deploy,
    and its `fail_hosts` may ask a question on a terminal that is not there; ending this host's
    greenlet ends this host alone. Raises `PyinfraError` when no host is left.
    """
    state = host.state
    # The caller's host may be pyinfra's `host`, which is another one in each greenlet, or none.
    host = state.inventory.get_host(host.name)
    click.echo(click.style(f"[{host.name}] refused, nothing was changed:", fg="red"), err=True)
    for problem in problems:
        click.echo(f"    {problem}", err=True)
    logger.debug("Refused %s", host.name)
    state.failed_hosts.add(host)
    state.active_hosts.discard(host)
    if not state.active_hosts:
        raise PyinfraError("no host is left to provision; see the reasons above")
    raise gevent.GreenletExit
