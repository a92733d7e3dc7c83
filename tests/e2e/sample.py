"""A fair sample of many cases; the others are of the long matrix."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def fair(names: Iterable[str], every: int) -> list[object]:
    """Parameters for pytest: the first of so many, and the rest marked `long`.

    + every: 3 for a third of them
    """
    return [
        pytest.param(name, id=name, marks=[pytest.mark.long] if number % every else [])
        for number, name in enumerate(names)
    ]
