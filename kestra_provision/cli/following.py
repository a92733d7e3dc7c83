"""An execution followed to its end, which is the command's."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from kestra_provision.cli import asking
from kestra_provision.text.next_command import NextCommand
from kestra_provision.text.words import printable

if TYPE_CHECKING:
    from kestra_provision.kestra.client import Kestra
    from kestra_provision.kestra.executing import LogLine
    from kestra_provision.kestra.execution import Execution

_INTERRUPTED = 130


def follow(
    kestra: Kestra,
    execution: Execution,
    inventory: str,
    host: str,
    log_level: str,
    seconds: float | None,
    as_json: bool,
) -> NoReturn:
    """Follows it to its end, which is the command's.

    + seconds: at most; None for as long as it takes
    """
    import httpx

    from kestra_provision.kestra.following import Following
    from kestra_provision.kestra.synced import words

    again = NextCommand(inventory).day_two("executions", "follow", execution.id, host)
    lines: list[LogLine] = []
    with _left_alone(execution, again):
        following = Following(
            kestra,
            execution,
            lines.append if as_json else asking.show,
            (lambda _: None) if as_json else _say_state,
            _say_silence,
            log_level,
        )
        try:
            seen = following.to_the_end(seconds)
        except httpx.HTTPError as error:
            said = f"{host}: {printable(words(error)).strip()}"
            raise click.ClickException(
                f"{said}; {execution.name} may run on; go on with: {again}"
            ) from error
    code = asking.code_of(seen)
    if as_json:
        told = {"exit_code": code, "host": host, "execution": seen.as_json()}
        asking.tell(told | {"log": [line.as_json() for line in lines]})
    else:
        _say_end(seen, again)
    sys.exit(code)


def _say_state(execution: Execution) -> None:
    waits = "; it waits for somebody to resume it" if execution.state == "PAUSED" else ""
    click.echo(f"{execution.name}: {execution.state}{waits}", err=True)


def _say_silence(error: Exception) -> None:
    from kestra_provision.kestra.synced import words

    said = printable(words(error)).strip()
    click.echo(f"Kestra does not tell ({said}); it is asked again", err=True)


def _say_end(execution: Execution, again: str) -> None:
    name = f"{execution.name}"
    if not execution.is_over:
        click.echo(f"{name}: {execution.state}, it runs on; go on with: {again}", err=True)
        return
    seconds = execution.seconds
    took = "" if seconds is None else f" after {seconds:.1f} s"
    click.echo(f"{name}: {execution.state}{took}", err=True)


@contextmanager
def _left_alone(execution: Execution, again: str) -> Iterator[None]:
    """Ctrl-C ends the looking, and says that it ends nothing else."""

    def end(_number: int, _frame: object) -> None:
        click.echo(f"\n{execution.name} runs on; go on with: {again}", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_INTERRUPTED)

    # gevent would show a KeyboardInterrupt on the terminal before it lets it through.
    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
