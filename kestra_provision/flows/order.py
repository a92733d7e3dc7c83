"""The order in which flows are written: subflows before their callers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kestra_provision.sync.item import Item


def in_order(flows: Collection[Item], calls: Mapping[Item, frozenset[Item]]) -> list[Item]:
    """Subflows before those who call them; a circle is broken where it is met.

    + calls: of each flow
    """
    wanted, done = set(flows), list[Item]()
    seen = set[Item]()

    def add(flow: Item) -> None:
        if flow in seen:
            return
        seen.add(flow)
        for called in sorted(calls.get(flow, frozenset()) & wanted):
            add(called)
        done.append(flow)

    for flow in sorted(flows):
        add(flow)
    return done
