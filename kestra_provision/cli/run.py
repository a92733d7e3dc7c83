"""kestra-provision run"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kestra_provision.cli import arguments, asking, following
from kestra_provision.text.next_command import NextCommand

if TYPE_CHECKING:
    from kestra_provision.sync.item import Item


@click.command()
@click.argument("flow", metavar="NAMESPACE/FLOW", callback=asking.flow_name)
@arguments.one_host
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="An input, several times if need be; NAME=@PATH for a file or a secret, @- for stdin.",
)
@click.option("-f", "--follow", is_flag=True, help="Show its log until it is over.")
@asking.level
@asking.timeout
@arguments.as_json
def run(
    flow: Item,
    host: str,
    inventory: str,
    inputs: tuple[str, ...],
    follow: bool,
    level: str,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Starts an execution of a flow on HOST.

    With --follow the exit code is its end. 0: SUCCESS. 2: it ended as WARNING, SKIPPED, RETRIED or
    RESUBMITTED. 1: any other state, or it was not started. Ctrl-C leaves it running.

    \b
    Example:
      kestra-provision run company.team/hello
      kestra-provision run company.team/hello vps1 --input name=Ada --follow
      kestra-provision run company.team/load --input data=@data.csv --follow --json
    """
    with asking.kestra_on(inventory, host) as (kestra, there):
        from kestra_provision.kestra import executing
        from kestra_provision.run.state import of

        try:
            started = executing.start(kestra, flow, inputs)
        except executing.UnknownError as error:
            ours = next((each.file for each in of(there).flows.flows if each.id == flow), None)
            if ours is None:
                raise
            apply = NextCommand(inventory).day_two("flows", "apply", host)
            said = f"flow {flow} yet; {ours} has it: {apply}"
            raise executing.UnknownError(said) from error
        if follow:
            following.follow(kestra, started, inventory, host, level, timeout, as_json)
    asking.tell_started(started, inventory, host, as_json)
