"""A step that fails on one host with a message, and lets the other hosts go on."""

from __future__ import annotations

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State


class Failure(FunctionCommand):
    """A command that says `message` and fails.

    + told: its causes stand in a plan or report one by one already

    An exception in an operation, `OperationError` included, ends the run of all hosts.
    """

    def __init__(self, message: str, told: bool = False) -> None:
        super().__init__(_fail, (message,), {})
        self.message, self.told = message, told


def _fail(state: State, host: Host, message: str) -> bool:
    host.log(message, log_func=logger.error)
    return False
