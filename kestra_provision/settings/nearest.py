"""What somebody meant who wrote a name that means nothing."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Host data with this prefix is the operator's own and none of ours.
OWN_DATA = "x_"


def nearest(name: str, known: Iterable[str]) -> str:
    """The way out: the nearest known name, or a name of one's own."""
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    own = f"{OWN_DATA}{name.lower()}"
    return f"remove it, or call it {own} if it is your own; docs/settings.md lists all"
