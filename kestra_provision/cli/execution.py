"""kestra-provision executions logs|follow|replay|kill: one execution of one host"""

from __future__ import annotations

import sys

import click

from kestra_provision.cli import arguments, asking, following

_id = click.argument("key", metavar="ID")


@click.command()
@_id
@arguments.one_host
@asking.level
@arguments.as_json
def logs(key: str, host: str, inventory: str, level: str, as_json: bool) -> None:
    """Shows the log of the execution ID, as far as it is.

    \b
    Example:
      kestra-provision executions logs 2GboDY7NEfH1yfPJ0VFvpv
      kestra-provision executions logs 2GboDY7NEfH1yfPJ0VFvpv vps1 --level TRACE
    """
    with asking.kestra_of(inventory, host) as kestra:
        from kestra_provision.kestra import executing

        found = executing.named(kestra, key)
        lines = executing.log(kestra, key, level)
    if as_json:
        told = {"exit_code": 0, "host": host, "execution": found.as_json()}
        asking.tell(told | {"log": [line.as_json() for line in lines]})
        return
    for line in lines:
        asking.show(line)


@click.command()
@_id
@arguments.one_host
@asking.level
@asking.timeout
@arguments.as_json
def follow(
    key: str, host: str, inventory: str, level: str, timeout: float | None, as_json: bool
) -> None:
    """Shows the log of the execution ID until it is over.

    Exit code 0: SUCCESS. 2: it ended as WARNING, SKIPPED, RETRIED or RESUBMITTED. 1: any other
    state. Ctrl-C leaves it running.

    \b
    Example:
      kestra-provision executions follow 2GboDY7NEfH1yfPJ0VFvpv
    """
    with asking.kestra_of(inventory, host) as kestra:
        from kestra_provision.kestra import executing

        found = executing.named(kestra, key)
        following.follow(kestra, found, inventory, host, level, timeout, as_json)


@click.command()
@_id
@arguments.one_host
@click.option("--from", "task", default="", metavar="TASK", help="Begin at this task of it.")
@click.option("-f", "--follow", "follows", is_flag=True, help="Show its log until it is over.")
@asking.level
@asking.timeout
@arguments.as_json
def replay(
    key: str,
    host: str,
    inventory: str,
    task: str,
    follows: bool,
    level: str,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Runs the execution ID again as a new one, with the same inputs.

    With --from the tasks before TASK are not run again: their outputs are taken. With --follow the
    exit code is that of `executions follow`.

    \b
    Example:
      kestra-provision executions replay 2GboDY7NEfH1yfPJ0VFvpv --follow
      kestra-provision executions replay 2GboDY7NEfH1yfPJ0VFvpv vps1 --from load
    """
    with asking.kestra_of(inventory, host) as kestra:
        from kestra_provision.kestra import executing

        started = executing.replay(kestra, executing.named(kestra, key), task)
        if follows:
            following.follow(kestra, started, inventory, host, level, timeout, as_json)
    asking.tell_started(started, inventory, host, as_json)


@click.command()
@_id
@arguments.one_host
@arguments.as_json
def kill(key: str, host: str, inventory: str, as_json: bool) -> None:
    """Kills the execution ID; one that is over stays as it is.

    Exit code 0: it is over, or soon will be.

    \b
    Example:
      kestra-provision executions kill 2GboDY7NEfH1yfPJ0VFvpv
    """
    with asking.kestra_of(inventory, host) as kestra:
        from kestra_provision.kestra import executing
        from kestra_provision.kestra.following import Following

        found = executing.named(kestra, key)
        if not found.is_over:
            executing.kill(kestra, found)
            found = Following(kestra, found, lambda _: None).to_the_end(_PATIENCE)
    if as_json:
        asking.tell({"exit_code": 0, "host": host, "execution": found.as_json()})
    else:
        click.echo(f"{found.name}: {found.state}")
    sys.exit(0)


#: Seconds for which a kill is looked at; a task may take longer to end.
_PATIENCE = 20
