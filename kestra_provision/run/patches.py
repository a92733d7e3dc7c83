"""Where pyinfra is bent: each function that is replaced, why, and by what, in one table.

pyinfra has no hook at these places. `run/patches_page.py` makes `docs/pyinfra.md` of the table.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.remote import connect
from kestra_provision.run import (
    asking,
    beginning,
    connecting,
    ending,
    folders,
    lock,
    questions,
    shortcuts,
)

_MARK = "_kestra_provision"


@dataclass(frozen=True)
class Patch:
    """One function of pyinfra, or a handler of a signal.

    + target: dotted, as `pyinfra.api.state.State.init`, or `signal.SIGINT`
    + why: what it does that will not do
    + replacement: takes the original first, and then what the original takes
    """

    target: str
    why: str
    replacement: Callable[..., Any]

    @property
    def by(self) -> str:
        """Where the replacement is, dotted."""
        function: Any = getattr(self.replacement, "func", self.replacement)
        return f"{function.__module__}.{function.__name__}"


#: What any command needs that reads an inventory.
READING = (
    Patch(
        "pyinfra_cli.inventory._get_groups_from_filename",
        "It raises IsADirectoryError for a folder as inventory.",
        folders.read_groups,
    ),
    Patch(
        "pyinfra_cli.inventory.exec_file",
        "It shows its own inside for a mistake in somebody's inventory or group_data.",
        folders.execute_file,
    ),
    Patch(
        "pyinfra.api.util.stack",
        "It reads the source of every function on the stack, for each operation of each host, to "
        "tell operations apart by their lines.",
        shortcuts.stack,
    ),
    Patch(
        "pyinfra.api.util.getframeinfo",
        "The same once more, where a file and a number will do.",
        shortcuts.getframeinfo,
    ),
    Patch(
        "pyinfra.api.arguments.all_global_arguments",
        "It evaluates the same annotations for each operation and each fact of each host.",
        shortcuts.all_global_arguments,
    ),
    Patch(
        "pyinfra.api.host.Host.init",
        "Data of a wrong type for one host's connection ends the run of all.",
        connecting.init,
    ),
    Patch(
        "pyinfra.connectors.ssh.SSHConnector.connect",
        "It reads ssh's configuration and files of known hosts otherwise than ssh: what it does "
        "not understand counts as met, or as not there.",
        connect.connect,
    ),
    Patch(
        "pyinfra.api.facts._get_fact",
        "Where a host does not answer it takes the default for the answer, and goes on.",
        asking.fact,
    ),
    Patch(
        "pyinfra.connectors.util.getpass",
        "It asks for sudo's password in the middle of a run, where nobody may be.",
        asking.no_password,
    ),
)
#: Of `kestra-provision`'s own commands, which name a host that is down themselves.
LOOKING = (
    *READING,
    Patch(
        "pyinfra.api.host.Host.connect",
        "`connect_all` cannot be told to keep quiet, and its line would stand beside the JSON.",
        connecting.connect_quietly,
    ),
)


def of_a_run(
    directory: Path,
    callbacks: Sequence[BaseStateCallback],
    where_it_stands: Callable[[State], list[str]],
    at_end: Callable[[Host], None],
    say_plan: Callable[[State], list[str]],
) -> tuple[Patch, ...]:
    """What a run of pyinfra needs.

    + directory: the folder of `deploy.py`
    + callbacks: of the run, beside those that every run has
    + where_it_stands, at_end: as `changing` has them
    + say_plan: lines below pyinfra's table of what it would do
    """
    return (
        *READING,
        Patch(
            "pyinfra.api.state.State.init",
            "Nothing else is called between reading the inventory and connecting, where the "
            "settings of all hosts are judged.",
            partial(beginning.init, directory, callbacks),
        ),
        Patch(
            "pyinfra.api.host.Host.connect",
            "An error of a kind that it does not know ends the run of all hosts.",
            connecting.connect,
        ),
        Patch(
            "pyinfra_cli.util.exec_file",
            "An error on one host while its operations are prepared ends the run of all.",
            asking.execute_file,
        ),
        Patch(
            "pyinfra_cli.cli._do_confirm",
            "Without a terminal it ends in EOFError, and a no ends with exit code 0.",
            questions.confirm,
        ),
        Patch(
            "pyinfra_cli.exceptions.WrappedError.show",
            "It says at which line of our source a refusal was said.",
            ending.show_error,
        ),
        Patch(
            "pyinfra_cli.exceptions.CliError.show",
            "It calls a no, or a hook that failed, an error of pyinfra's.",
            ending.show_error,
        ),
        Patch(
            "pyinfra_cli.cli.print_meta",
            "It lists operations, and not what becomes of what runs.",
            partial(_print_plan, say_plan),
        ),
        *changing(where_it_stands, at_end),
    )


def changing(
    where_it_stands: Callable[[State], list[str]], at_end: Callable[[Host], None]
) -> tuple[Patch, ...]:
    """What any run needs that changes hosts.

    + where_it_stands: lines for Ctrl-C
    + at_end: what is to be done on a host before its lock is let go
    """
    return (
        Patch(
            "pyinfra.api.operations._run_host_op",
            "An error on one host before its operation's first command ends the run of all.",
            asking.run_operation,
        ),
        Patch(
            "pyinfra.api.state.State.set_stage",
            "With `--no-wait` it forgets which hosts failed, and exits with 0. It calls no hooks.",
            ending.set_stage,
        ),
        Patch(
            "pyinfra.api.host.Host.disconnect",
            "No callback comes before the connection goes, which is when the lock is let go.",
            partial(lock.disconnect, at_end),
        ),
        Patch(
            "signal.SIGINT",
            "Its handler exits with 0, and waits for the command that is under way on the host.",
            partial(ending.interrupted, where_it_stands),
        ),
    )


def _print_plan(
    say_plan: Callable[[State], list[str]], original: Callable[[State], None], state: State
) -> None:
    original(state)
    for line in say_plan(state):
        click.echo(f"    {line}", err=True)


def install(patches: Iterable[Patch]) -> None:
    """Replaces each function, once in a process."""
    for patch in patches:
        owner, _, name = patch.target.rpartition(".")
        if owner == "signal":
            number = getattr(signal, name)
            signal.signal(number, partial(patch.replacement, signal.getsignal(number)))
            continue
        holder = _resolved(owner)
        original = getattr(holder, name)
        if not hasattr(original, _MARK):
            setattr(holder, name, _replaced(original, patch.replacement))


def _resolved(dotted: str) -> Any:
    """A module, or a class in one."""
    try:
        return import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return getattr(import_module(module), name)


def _replaced(original: Callable[..., Any], replacement: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def replaced(*arguments: Any, **named: Any) -> Any:
        return replacement(original, *arguments, **named)

    setattr(replaced, _MARK, True)
    return replaced
