"""Where pyinfra is bent: each function is there, is replaced once, and is in the docs."""

from __future__ import annotations

import inspect
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.run import patches, patches_page
from kestra_provision.run.patches import LOOKING, Patch, install, of_a_run

ROOT = Path(__file__).resolve().parents[2]
EVERY = (*of_a_run(Path(), (), lambda state: [], lambda host: None, lambda state: []), LOOKING[-1])


@pytest.fixture
def _put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    former = signal.getsignal(signal.SIGINT)
    for patch in EVERY:
        if not patch.target.startswith("signal."):
            owner, _, name = patch.target.rpartition(".")
            holder = patches._resolved(owner)
            monkeypatch.setattr(holder, name, inspect.unwrap(getattr(holder, name)))
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.usefixtures("_put_back")
def test_each_is_replaced_once() -> None:
    install(EVERY)
    replaced = State.init, Host.connect, Host.disconnect
    install(EVERY)
    assert (State.init, Host.connect, Host.disconnect) == replaced
    assert inspect.unwrap(State.init).__module__ == "pyinfra.api.state"


@pytest.mark.usefixtures("_put_back")
def test_replacement_gets_the_original_first() -> None:
    def replacement(original: Any, host: Host) -> tuple[Any, Host]:
        return original, host

    original, host = Host.disconnect, cast(Host, object())
    install([Patch("pyinfra.api.host.Host.disconnect", "", replacement)])
    disconnect: Any = Host.disconnect  # its replacement answers, where pyinfra's own returns None
    assert disconnect(host) == (original, host)


def test_documentation_prints_the_table() -> None:
    text = (ROOT / "docs" / "pyinfra.md").read_text()
    assert text == patches_page.markdown()
    for patch in EVERY:
        assert f"| `{patch.target}` | {patch.why} | `kestra_provision." in text


def test_nothing_else_is_replaced() -> None:
    """Whoever bends pyinfra elsewhere silences the type checker for it."""
    package = ROOT / "kestra_provision"
    found = [
        f"{file.name}: {line.strip()}"
        for file in sorted(package.rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if "method-assign" in line or "setattr(pyinfra" in line
    ]
    assert found == []
