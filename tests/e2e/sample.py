"""A fair sample of many cases; the others are of the long matrix."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def fair(cases: Iterable[str | tuple[object, ...]], every: int) -> list[object]:
    """Parameters for pytest: the first of so many, and the rest marked `long`.

    + cases: one value each, or several as a tuple
    + every: 3 for a third of them
    """
    found = list[object]()
    for number, case in enumerate(cases):
        marks = [pytest.mark.long] if number % every else []
        if isinstance(case, str):
            found.append(pytest.param(case, id=case, marks=marks))
        else:
            found.append(pytest.param(*case, marks=marks))
    return found
