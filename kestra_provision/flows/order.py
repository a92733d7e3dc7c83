"""The order in which flows are written: subflows before their callers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kestra_provision.flows.source import FlowId


def in_order(flows: Collection[FlowId], calls: Mapping[FlowId, frozenset[FlowId]]) -> list[FlowId]:
    """Subflows before those who call them; a circle is broken where it is met.

    + calls: of each flow
    """
    wanted, done = set(flows), list[FlowId]()
    seen = set[FlowId]()

    def add(flow: FlowId) -> None:
        if flow in seen:
            return
        seen.add(flow)
        for called in sorted(calls.get(flow, frozenset()) & wanted):
            add(called)
        done.append(flow)

    for flow in sorted(flows):
        add(flow)
    return done
