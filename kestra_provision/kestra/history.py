"""Executions of a server, the newest first: by flow, namespace, state and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.execution import Execution, read, time_of
from kestra_provision.kestra.executions import FILTERS_SINCE
from kestra_provision.sync.item import Item

#: So many come with one call; a page without its task runs would be lighter, and there is none.
_PAGE = 100


@dataclass(frozen=True)
class Wanted:
    """Which ones; all of them by default.

    + namespace: it, and those below it
    + states: any of these
    + since, until: when they started
    """

    flow: Item | None = None
    namespace: str = ""
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, execution: Execution) -> bool:
        """Judged here as well: a server does not say that it knows no such filter."""
        namespace = execution.flow.namespace
        started = time_of(execution.started)
        return (
            (self.flow is None or execution.flow == self.flow)
            and (not self.namespace or f"{namespace}.".startswith(f"{self.namespace}."))
            and (not self.states or execution.state in self.states)
            and (self.since is None or started >= self.since)
            and (self.until is None or started <= self.until)
        )

    def parameters(self, filtered: bool) -> dict[str, str | list[str]]:
        """What the server is asked for.

        + filtered: it takes lists of filters; older ones take a name each, and no `until`

        Of two filters of one field a server heeds the last alone, so `until` goes before `since`:
        the newest come first, and whoever reads them stops in time.
        """
        if not filtered:
            names = {"namespace": self.namespace, "startDate": _text(self.since)}
            if self.flow:
                names |= {"namespace": self.flow.namespace, "flowId": self.flow.name}
            told: dict[str, str | list[str]] = {k: v for k, v in names.items() if v}
            return told | ({"state": [*self.states]} if self.states else {})
        filters = {"[namespace][PREFIX]": self.namespace, "[state][IN]": ",".join(self.states)}
        if self.flow:
            filters |= {
                "[namespace][EQUALS]": self.flow.namespace,
                "[flowId][EQUALS]": self.flow.name,
            }
        if self.until:
            filters["[startDate][LESS_THAN_OR_EQUAL_TO]"] = _text(self.until)
        elif self.since:
            filters["[startDate][GREATER_THAN_OR_EQUAL_TO]"] = _text(self.since)
        return {f"filters{name}": text for name, text in filters.items() if text}


def newest(kestra: Kestra, wanted: Wanted, number: int | None = None) -> list[Execution]:
    """The newest that fit.

    + number: at most so many; None for all

    Raises `httpx.HTTPError`, and `ValueError`, `KeyError` or `TypeError` for what is no answer of
    Kestra's.
    """
    # One that begins meanwhile moves the others to the next page.
    found = {each.id: each for each in islice(_fitting(kestra, wanted), number)}
    return [*found.values()]


def _fitting(kestra: Kestra, wanted: Wanted) -> Iterator[Execution]:
    filtered = kestra.version is None or kestra.version >= FILTERS_SINCE
    asked = {"size": str(_PAGE), "sort": "state.startDate:desc", **wanted.parameters(filtered)}
    page = 0
    while True:
        page += 1
        answer = kestra.call("GET", "/executions/search", params={**asked, "page": str(page)})
        executions = [read(each) for each in answer.json()["results"]]
        for each in executions:
            if wanted.since and time_of(each.started) < wanted.since:
                return
            if wanted.fits(each):
                yield each
        if len(executions) < _PAGE:
            return


def _text(time: datetime | None) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z" if time else ""
