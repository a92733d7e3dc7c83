"""The sum in the record of images, which tells a record that somebody edited."""

from __future__ import annotations

import shlex

KEY = "RECORD_SUM"


def sum_of(path: str) -> str:
    """Shell text that prints the sum of all lines but the sum's own."""
    return f"grep -v ^{KEY}= {shlex.quote(path)} | sha256sum | cut -d' ' -f1"


def is_edited(path: str) -> str:
    """Shell text that succeeds when the record is there and not as it was written."""
    told = f"$(sed -n s/^{KEY}=//p {shlex.quote(path)})"
    return f'[ -s {shlex.quote(path)} ] && [ "{told}" != "$({sum_of(path)})" ]'
