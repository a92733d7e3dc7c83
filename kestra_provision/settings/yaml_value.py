"""A secret as a value in a file of YAML that a service reads."""

from __future__ import annotations

import re

from kestra_provision.settings.env_lines import CONTROL

#: What YAML cannot have between quotes as it is, or takes for the end of a line.
_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def unplaceable(value: str) -> str | None:
    """Why `value` cannot stand there; None when it can."""
    if "${" in value:
        return "holds ${, which a configuration replaces"
    return CONTROL if _BREAKING.search(value) else None


def quoted(value: str) -> str:
    """Between double quotes; but for the two that must be, each character is itself."""
    return '"{}"'.format(re.sub(r'(["\\])', r"\\\1", value))
