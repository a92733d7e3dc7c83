"""How a run begins: all settings are judged before the first connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pyinfra.api.config import Config
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.run.ending import LostConnection
from kestra_provision.run.observation import Forgetting
from kestra_provision.run.session import judged_run
from kestra_provision.run.state import hang


def init(
    directory: Path,
    callbacks: Sequence[BaseStateCallback],
    original: Callable[..., None],
    state: State,
    inventory: Inventory,
    config: Config | None,
    initial_limit: list[Host] | None = None,
) -> None:
    """`State.init`, with the run judged before it and hung on the state.

    + directory: the folder of `deploy.py`, where the operator's `.env` may lie
    + callbacks: of the run, beside those that every run has

    Raises what `judged_run` raises.
    """
    run = judged_run(inventory, initial_limit, directory)
    original(state, inventory, config, initial_limit=initial_limit)
    hang(state, run)
    for callback in (LostConnection(), Forgetting(), *callbacks):
        state.add_callback_handler(callback)
