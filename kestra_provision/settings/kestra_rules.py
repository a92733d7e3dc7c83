"""Rules of values that stand in Kestra's configuration; each returns why not, or None."""

from __future__ import annotations

import re


def open_url(value: str) -> str | None:
    """The beginning of a path that Kestra asks nobody's password for."""
    if not value.startswith("/api/v1/"):
        return "must begin with /api/v1/: Kestra asks for a password nowhere else"
    if "*" in value:
        return "must hold no *: Kestra compares beginnings, and * is a letter there"
    if not re.fullmatch(r"[A-Za-z0-9._~%/-]+", value) or ".." in value:
        return "must be the beginning of a path: letters, digits and . _ ~ % - /"
    if "/executions/webhook/" not in value:
        return (
            "must name webhooks, such as /api/v1/main/executions/webhook/NAMESPACE/: "
            "anything else of the API would be open to everybody"
        )
    return None


def logger(value: str) -> str | None:
    """The name of a logger of Java."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)*", value):
        return None
    return "must be the name of a logger: root, or a package or class such as io.kestra.core"
