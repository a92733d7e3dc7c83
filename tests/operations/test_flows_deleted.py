"""Deletion is never by absence alone."""

from __future__ import annotations

import pytest

from kestra_provision.flows import tree
from kestra_provision.kestra.kinds import kinds_of
from kestra_provision.kestra.leaving import Leaving, leaving, none_is_gone
from kestra_provision.sync.comparison import Named
from tests.operations.flows_sync import SETTINGS, Sync

REFUSED = "more than a third. If that is meant, for all that would go, {0}: "
REFUSED += "kestra-provision flows prune fake --delete {0}"


@pytest.mark.parametrize(
    ("gone", "prune", "number", "said"),
    [
        (1, False, None, ""),
        (3, False, None, ""),
        (6, False, None, "no flows here, 6 flows of ours on the server"),
        (2, True, None, ""),
        (3, True, None, REFUSED.format(3)),
        (3, True, 2, REFUSED.format(3)),
        (3, True, 3, ""),
        (6, True, None, "no flows here, 6 flows of ours on the server"),
        (6, True, 6, ""),
    ],
)
def test_deletions(sync: Sync, gone: int, prune: bool, number: int | None, said: str) -> None:
    names = [f"f{i}" for i in range(6)]
    for name in names:
        sync.flow(name)
    assert sync.run() == ""
    sync.server.flows["a/stranger"] = "id: stranger\nnamespace: a\n"
    for name in names[:gone]:
        sync.without(name)
    why = sync.run(prune=prune, number=number)
    assert (said in why) if said else not why
    left = names if said or not prune else names[gone:]
    assert sync.server.flows.keys() == {f"a/{name}" for name in [*left, "stranger"]}


def test_what_a_sync_adds_makes_a_deletion_no_smaller(sync: Sync) -> None:
    """A folder that was renamed and grew; and neither of the two is written beside the other."""
    for number in range(6):
        sync.flow(f"old{number}")
    assert sync.run() == ""
    before = dict(sync.server.flows)
    for number in range(4):
        sync.without(f"old{number}")
    for number in range(20):
        sync.flow(f"new{number:02}")
    assert "4 of 6 flows would be deleted, more than a third" in sync.run(prune=True)
    assert sync.server.flows == before
    assert sync.run(prune=True, number=4) == ""
    assert len(sync.server.flows) == 22


def test_kestra_is_asked_before_a_deploy_only_where_something_is_gone(sync: Sync) -> None:
    kinds = kinds_of(tree.read([sync.folder]))
    assert none_is_gone(sync.host.as_host, SETTINGS, kinds), "nothing is ours yet"
    for name in ("one", "two"):
        sync.flow(name)
    assert sync.run() == ""
    for gone in (False, True):
        if gone:
            sync.without("one")
        kinds = kinds_of(tree.read([sync.folder]))
        sync.server.calls.clear()
        assert none_is_gone(sync.host.as_host, SETTINGS, kinds) is not gone
        assert sync.server.calls == []
    found = leaving(sync.host.as_host, SETTINGS, kinds, prune=True)
    assert isinstance(found, Leaving)
    assert found.refused == "1 of 2 flows would be deleted, more than a third"
    assert found.meant.endswith(
        "for all that would go, 1: kestra-provision flows prune fake --delete 1"
    )


def test_what_is_edited_there_and_removed_here_is_no_deletion(sync: Sync) -> None:
    for name in ("one", "two", "three", "four"):
        sync.flow(name)
    assert sync.run() == ""
    sync.server.flows["a/one"] += "# by hand\n"
    sync.without("one")
    assert "1 flow left as somebody made it" in sync.run(prune=True)
    assert "a/one" in sync.server.flows
    # Whoever says that the repository wins needs no setting for it.
    assert sync.run(mine=Named()) == ""
    assert "a/one" not in sync.server.flows
    assert sync.run() == ""
