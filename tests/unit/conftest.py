"""Generated examples are the same in each run, and slow machines are no failures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyinfra.api.connect
import pytest
from hypothesis import settings
from pyinfra.api.config import Config
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_config, ctx_inventory, ctx_state

from kestra_provision.profiles import SETTINGS
from kestra_provision.run import hosts
from kestra_provision.settings import passwords
from kestra_provision.settings.environment import fixed_in_env, names_in_env

settings.register_profile("unit", deadline=None, derandomize=True)
settings.load_profile("unit")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A run without a memory of others, in a folder of its own, that must not connect."""
    for name in (*names_in_env(SETTINGS.values()), *passwords.GIVEN):
        monkeypatch.delenv(name, raising=False)
    for module in (pyinfra.api.connect, hosts):
        monkeypatch.setattr(module, "connect_all", lambda *_: pytest.fail("it connects"))
    monkeypatch.chdir(tmp_path)
    with (
        ctx_state.use(State()),
        ctx_config.use(Config()),
        ctx_inventory.use(Inventory.empty()),
    ):
        yield


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no secret of ours comes from whoever runs the tests."""
    for name in (
        *names_in_env(SETTINGS.values()),
        *fixed_in_env(SETTINGS.values()),
        *passwords.GIVEN,
    ):
        monkeypatch.delenv(name, raising=False)
