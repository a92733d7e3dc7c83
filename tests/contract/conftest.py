"""What the contract tests share: one PostgreSQL, and stand-ins on top of it."""

import os
from collections.abc import Iterator

import pytest

from tests.contract.client import Server
from tests.contract.stack import Stack, running_stack
from tests.vps.engine import EngineError, ensure_engine


@pytest.fixture(scope="session")
def _postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a network with PostgreSQL; skip where no Docker answers."""
    try:
        ensure_engine()
    except EngineError as problem:
        pytest.skip(f"no Docker Engine: {problem}")
    with running_stack(tmp_path_factory.mktemp("contract")) as running:
        yield running


@pytest.fixture(scope="module")
def stack(_postgres: Stack) -> Iterator[Stack]:
    """Return that network; servers on it end with the module that started them."""
    yield _postgres
    _postgres.remove_servers()


@pytest.fixture(scope="session")
def real_server() -> Server | None:
    """Return the real Kestra named by the environment, if one is."""
    names = ("URL", "MANAGEMENT_URL", "USER", "PASSWORD")
    values = [os.environ.get(f"KESTRA_REPLAY_{name}", "") for name in names]
    if not any(values):
        return None
    if not all(values):
        pytest.fail("KESTRA_REPLAY_URL needs _MANAGEMENT_URL, _USER and _PASSWORD too")
    url, management_url, user, password = values
    return Server(url.rstrip("/"), management_url.rstrip("/"), user, password)
