"""IP addresses to listen on: `0.0.0.0` and `::` mean every address of the host."""

from __future__ import annotations

#: Each with where the host itself reaches what listens there.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def reached(address: str) -> str:
    """Where the host itself reaches what listens on an address."""
    return EVERYWHERE.get(address, address)


def bracketed(address: str) -> str:
    """As URLs and Docker take it: brackets around an IPv6 address."""
    return f"[{address}]" if ":" in address else address
