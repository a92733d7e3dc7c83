"""What a pull writes over, and what it keeps because nobody else has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kestra_provision.cli import main
from kestra_provision.flows import tree
from kestra_provision.flows.pull import PullError
from kestra_provision.kestra.pulling import Pulled, pulled
from kestra_provision.run import hosts
from kestra_provision.run.observation import forget
from kestra_provision.run.state import of
from kestra_provision.sync.item import Item
from tests.operations.flows_sync import SETTINGS, Sync

BY_HAND = "# by hand\n"


@pytest.fixture
def edited(sync: Sync) -> Sync:
    """Synced; then `one` was changed on the server, and `two` there and here."""
    for name in ("one", "two"):
        sync.server.flows[f"a/{name}"] = sync.flow(name) + BY_HAND
    (sync.folder / "a" / "_kv.yaml").write_text("limit: 1\n")
    assert "2 flows left as somebody made it" in sync.run()
    sync.server.flows.clear()
    assert sync.run() == ""
    for name in ("one", "two"):
        sync.server.flows[f"a/{name}"] += BY_HAND
    sync.server.keys["a/limit"] = {"type": "NUMBER", "value": 2}
    sync.flow("two", "# here\n")
    (sync.folder / "a" / "_kv.yaml").write_text("limit: 3\n")
    return sync


def pull(sync: Sync, *names: str) -> Pulled:
    looked(sync)
    return pulled(sync.host.as_host, sync.folder.parent, names)


def looked(sync: Sync) -> None:
    forget(sync.host.as_host)
    of(sync.host.as_host).flows = tree.of(["flows"], sync.folder.parent)


def here(sync: Sync, name: str) -> str:
    return (sync.folder / "a" / name).read_text()


def test_what_was_changed_here_as_well_is_kept(edited: Sync) -> None:
    done = pull(edited)
    assert done.kept == (Item("a", "limit"), Item("a", "two"))
    assert [line.split(":")[0] for line in done.written] == ["flow a/one"]
    assert here(edited, "one.yaml").endswith(BY_HAND)
    assert here(edited, "two.yaml").endswith("# here\n")
    assert here(edited, "_kv.yaml") == "limit: 3\n"


def test_unless_somebody_names_it(edited: Sync) -> None:
    done = pull(edited, "a/two", "a/limit")
    assert done.kept == ()
    assert here(edited, "two.yaml").endswith(BY_HAND)
    assert here(edited, "_kv.yaml") == "limit: 2\n"
    assert not here(edited, "one.yaml").endswith(BY_HAND)


def test_what_is_gone_there_is_gone_here_by_a_hand(edited: Sync) -> None:
    del edited.server.flows["a/one"]
    with pytest.raises(PullError, match="no a/one: to have it gone here as well, remove it"):
        pull(edited, "a/one")
    with pytest.raises(PullError, match="no a/none: kestra-provision flows list"):
        pull(edited, "a/none")


def test_without_a_record_nobody_else_has_what_is_here(sync: Sync) -> None:
    source = sync.flow("one")
    sync.server.flows["a/one"] = source + BY_HAND
    assert pull(sync) == Pulled(kept=(Item("a", "one"),))
    assert here(sync, "one.yaml") == source


class Killed(BaseException):
    """Nobody catches it."""


def test_after_a_sync_that_was_cut_off_nobody_else_may_have_what_is_here(sync: Sync) -> None:
    before = sync.flow("one")
    assert sync.run() == ""
    source = sync.flow("one", "# new\n")

    def killing(call: str) -> None:
        if call.startswith("PUT"):
            raise Killed

    sync.server.before = killing
    with pytest.raises(Killed):
        sync.run()
    sync.server.before = lambda call: None
    sync.server.flows["a/one"] = before + BY_HAND
    assert pull(sync) == Pulled(kept=(Item("a", "one"),))
    assert here(sync, "one.yaml") == source


@pytest.fixture
def invoke(edited: Sync, monkeypatch: pytest.MonkeyPatch) -> Any:
    @contextmanager
    def connected(*_: object) -> Iterator[Any]:
        looked(edited)
        yield edited.host.as_host, SETTINGS

    monkeypatch.setattr(hosts, "connected", connected)
    monkeypatch.chdir(edited.folder.parent)

    def invoked(*words: str) -> Result:
        return CliRunner().invoke(main, ["flows", *words])

    return invoked


def test_the_command_says_what_it_kept(invoke: Any, edited: Sync) -> None:
    done = invoke("pull", "fake")
    assert done.exit_code == 1
    assert done.stdout == "flow a/one: flows/a/one.yaml\n"
    assert "fake: changed here as well, and kept: a/limit, a/two" in done.stderr
    again = "kestra-provision flows pull fake --item a/limit --item a/two"
    assert again in done.stderr
    done = invoke("pull", "fake", "--item", "a/limit", "--item", "a/two")
    assert (done.exit_code, done.stderr) == (0, "")


def test_theirs_does_not_win_over_what_nobody_named(invoke: Any, edited: Sync) -> None:
    """It stops before anything is applied."""
    before = [*edited.server.writes]
    done = invoke("apply", "fake", "--take", "theirs", "-y")
    assert (done.exit_code, edited.server.writes) == (1, before)
    assert here(edited, "two.yaml").endswith("# here\n")


def test_where_nothing_is_kept_nothing_is_said(sync: Sync, tmp_path: Path) -> None:
    sync.flow("one")
    assert sync.run() == ""
    assert pull(sync) == Pulled()
