"""Repository, server and last sync, compared."""

from __future__ import annotations

import pytest

from kestra_provision.flows.marks import mark_of, sum_of
from kestra_provision.flows.order import in_order
from kestra_provision.flows.source import switched
from kestra_provision.sync.comparison import Changes, Conflict, Mark, Sum, compare
from kestra_provision.sync.item import Item
from kestra_provision.sync.record import RecordError, read, written

ONE, TWO, THREE = Item("a", "one"), Item("a", "two"), Item("a.b", "one")
OLD, NEW, HAND = "id: one\n", "id: one\n# new\n", "id: one\n# by hand\n"
OFF, ON = switched(OLD, True), switched(switched(OLD, True), False)
OFF_AGAIN = switched(ON, True)
SAYS_OFF, SAYS_ON = f"{OLD}disabled: true\n", f"{OLD}disabled: false\n"


def compared(
    here: str | None, there: str | None, before: str | None, mine: bool = False
) -> Changes:
    declared, live, marks = dict[Item, Mark](), dict[Item, Sum](), dict[Item, Mark]()
    if here is not None:
        declared[ONE] = mark_of(here)
    if there is not None:
        live[ONE] = sum_of(there)
    if before is not None:
        marks[ONE] = mark_of(before)
    return compare(declared, live, marks, [ONE] if mine else [])


def does(changes: Changes) -> str:
    """The one thing that becomes of the flow."""
    found: dict[str, object] = {
        "create": changes.create,
        "update": changes.update,
        "remove": changes.remove,
        "unchanged": changes.unchanged,
        "foreign": changes.foreign,
        **{conflict.kind: True for conflict in changes.conflicts},
    }
    return " ".join(name for name, value in found.items() if value)


@pytest.mark.parametrize(
    ("here", "there", "before", "expected"),
    [
        (OLD, None, None, "create"),
        (OLD, None, OLD, "create"),
        (OLD, OLD, OLD, "unchanged"),
        (OLD, OLD, None, "unchanged"),
        (NEW, OLD, OLD, "update"),
        (NEW, NEW, OLD, "unchanged"),
        (OLD, HAND, OLD, "changed on the server"),
        (NEW, HAND, OLD, "changed on both sides"),
        (NEW, HAND, None, "made on the server"),
        (None, OLD, OLD, "remove"),
        (None, HAND, OLD, "changed on the server, removed here"),
        (None, HAND, None, "foreign"),
        (None, None, OLD, ""),
        (OLD, OFF, OLD, "unchanged"),
        (OLD, ON, OLD, "unchanged"),
        (NEW, OFF, OLD, "update"),
        (NEW, ON, OLD, "update"),
        (None, OFF, OLD, "remove"),
        (OLD, OFF_AGAIN, OLD, "unchanged"),
        (NEW, OFF_AGAIN, OLD, "update"),
        (OLD, OFF, None, "unchanged"),
        # The repository's own line is no switch of somebody's.
        (SAYS_OFF, SAYS_ON, SAYS_ON, "update"),
        (SAYS_ON, SAYS_OFF, SAYS_OFF, "update"),
        (OLD, SAYS_OFF, SAYS_OFF, "update"),
        (SAYS_OFF, OLD, OLD, "update"),
        (SAYS_OFF, switched(SAYS_OFF, False), SAYS_OFF, "unchanged"),
    ],
)
def test_what_becomes_of_it(
    here: str | None, there: str | None, before: str | None, expected: str
) -> None:
    assert does(compared(here, there, before)) == expected


@pytest.mark.parametrize(
    ("here", "there", "before", "expected"),
    [
        (OLD, HAND, OLD, "update"),
        (NEW, HAND, None, "update"),
        (None, HAND, OLD, "remove"),
        (None, HAND, None, "foreign"),
    ],
)
def test_mine_wins_over_conflicts_alone(
    here: str | None, there: str, before: str | None, expected: str
) -> None:
    assert does(compared(here, there, before, mine=True)) == expected


def test_a_sync_that_was_cut_off_is_ours_with_either_source() -> None:
    mark = mark_of(NEW).or_else(mark_of(OLD))
    newer = {ONE: mark_of("id: one\n# newer\n")}
    for there in (OLD, NEW):
        assert does(compare(newer, {ONE: sum_of(there)}, {ONE: mark})) == "update"
    # Even where only the line of the switch is another one, and the write never came.
    mark, declared = mark_of(SAYS_OFF).or_else(mark_of(OLD)), {ONE: mark_of(SAYS_OFF)}
    assert does(compare(declared, {ONE: sum_of(OLD)}, {ONE: mark})) == "update"
    changes = compare(newer, {ONE: sum_of(HAND)}, {ONE: mark})
    assert changes.conflicts == (Conflict(ONE, "changed on both sides"),)


def test_the_record_reads_as_it_was_written() -> None:
    marks = {THREE: mark_of(OLD), ONE: mark_of(NEW).or_else(mark_of(OLD))}
    record = {"flows": marks, "kv": {}}
    assert read(written(record)) == record
    assert read("") == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1}', '{"version": 2, "ours": {}}'])
def test_a_record_that_nobody_can_read(text: str) -> None:
    with pytest.raises(RecordError):
        read(text)


def test_subflows_come_before_their_callers() -> None:
    calls = {ONE: frozenset({TWO, Item("x", "elsewhere")}), TWO: frozenset({THREE})}
    assert in_order([ONE, TWO, THREE], calls) == [THREE, TWO, ONE]
    circle = {ONE: frozenset({TWO}), TWO: frozenset({ONE})}
    assert sorted(in_order([ONE, TWO], circle)) == [ONE, TWO]
