"""What is called as a secret is, or looks like one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from kestra_provision.settings.shown import WORDS

#: Names that only secrets have, by how they end: `max_tokens` and `password_length` are none. And
#: what others call a secret of flows.
_SECRETIVE = re.compile(
    rf"(?:.*[._-])?(?i:{WORDS}|credentials|webhook[._-]?key"
    r"|(?:api|private|access|secret|encryption|signing)[._-]?key)"
    r"|.*[a-z0-9](?:Password|Passphrase|Secret|Token|Credentials?|(?:Api|Private|Access|Secret)Key)"
    r"|SECRET_.*"
)
#: What only a secret looks like: keys of AWS, GitHub, GitLab, Slack, Stripe and Google, a private
#: key, a login within an address.
_TELLTALE = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22,}"
    r"|\bglpat-[\w-]{20,}|\bxox[abeoprs]-[\w-]{10,}|\b[rs]k_live_[A-Za-z0-9]{16,}"
    r"|\bAIza[\w-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@{]+:[^/\s@{]+@"
)


def name_in(key: str, found: Any, harmless: Callable[[str], bool]) -> str:
    """The name of a secret: the key, or one within its JSON; empty where none is called so.

    A switch is none, whatever it is called.

    + found: what JSON has
    + harmless: of a text, whether it is none either
    """
    if isinstance(found, dict):
        return next(
            filter(None, (name_in(name, each, harmless) for name, each in found.items())), ""
        )
    if isinstance(found, list):
        return next(filter(None, (name_in(key, each, harmless) for each in found)), "")
    if found is None or isinstance(found, bool) or harmless(str(found)):
        return ""
    return key if _SECRETIVE.fullmatch(key) else ""


def looks_so(found: Any) -> bool:
    """Whether something in it looks like a secret, whatever it is called."""
    return any(_TELLTALE.search(text) for text in texts_in(found))


def texts_in(found: Any) -> Iterator[str]:
    """All that JSON has, names as well; a number is a text too."""
    if isinstance(found, dict):
        for name, each in found.items():
            yield from (str(name), *texts_in(each))
    elif isinstance(found, list):
        for each in found:
            yield from texts_in(each)
    elif found is not None and not isinstance(found, bool):
        yield str(found)
