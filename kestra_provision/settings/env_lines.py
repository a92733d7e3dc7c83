"""Which lines of `.env` are accepted: those that all of its readers read alike.

Compose, python-dotenv and the scripts of the host have rules of their own for quotes, `$`,
backslashes and comments. What stands in one of three forms means the same to all: bare, or between
single or double quotes, as far as nothing special is in it. Everything else is refused, with the
reason and the way to write it.

The rules are extended regular expressions that Python and bash read alike: the host's scripts get
this very list, see `render.host.known`. A backslash within brackets stands twice, which a set does
not mind; Python gets the POSIX classes spelled out.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Of a POSIX class, what ASCII has of it: beyond that bash sees bytes, and none of them is in one.
_CLASSES = {"[:blank:]": " \\t", "[:cntrl:]": "\\x00-\\x1f\\x7f"}

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_BEFORE = "^[[:blank:]]*(export[[:blank:]]+)?"
#: What stands before a value; its second group is the key.
ASSIGNMENT = f"{_BEFORE}({_NAME})[[:blank:]]*=[[:blank:]]*"
_TEXT = "([[:blank:]]|[^[:cntrl:]])*"
# ASCII without quotes, $, ` and \; a # that no blank stands before is no comment.
_WORD = "[]!%&(-[^_a-~][]!#%&(-[^_a-~]*"
_BARE = f"{_WORD}( +{_WORD})*"
_SINGLE = "'[^'[:cntrl:]]*'"
_DOUBLE = '"[^"$`\\\\[:cntrl:]]*"'

_QUOTED = "write KEY='VALUE'"
#: Of a value between single quotes, too.
BRACE = "holds ${, which python-dotenv replaces even between single quotes"
BACKSLASH = "holds a double or final backslash, which the readers of .env escape in different ways"
CONTROL = "holds a tab, a line break or another control character"
_NO_NAME = "is not KEY=value: what stands before the = is no name of a variable"


class Rule(NamedTuple):
    """The first rule whose pattern is found in a line decides; an empty `why` accepts the line."""

    pattern: str
    why: str


RULES = (
    Rule(f"^[[:blank:]]*(#{_TEXT})?$", ""),
    Rule("^[[:blank:]]*export[[:blank:]]+=", _NO_NAME),
    Rule(f"{ASSIGNMENT}'[^']*\\$\\{{", BRACE),
    Rule(f"{ASSIGNMENT}'[^']*\\\\(\\\\|')", BACKSLASH),
    Rule(f"{ASSIGNMENT}({_BARE}|{_SINGLE}|{_DOUBLE})?[[:blank:]]*$", ""),
    Rule(f"{ASSIGNMENT}({_BARE}|{_SINGLE}|{_DOUBLE})[[:blank:]]* #{_TEXT}$", ""),
    Rule(
        f'{ASSIGNMENT}"[^"]*(\\$|`|\\\\)',
        f"holds $, ` or a backslash between double quotes: {_QUOTED}",
    ),
    Rule(
        f"{ASSIGNMENT}('[^']*|\"[^\"]*)$",
        f"opens a quote that does not end on its line: {_QUOTED} on one line",
    ),
    Rule(f"{ASSIGNMENT}{_TEXT}[[:cntrl:]]", f"{CONTROL}: {_QUOTED} without it"),
    Rule(f"{ASSIGNMENT}['\"]", f"goes on behind its closing quote: {_QUOTED}, without ' in it"),
    Rule(f"{ASSIGNMENT}#", f"begins with #, as a comment does: {_QUOTED}"),
    Rule(
        ASSIGNMENT,
        f"holds $, a quote, `, a backslash or what is not ASCII outside of quotes: {_QUOTED}",
    ),
    Rule("^[^=]*[[:cntrl:]]", f"{CONTROL}: remove it"),
    Rule(
        f"{_BEFORE}{_NAME}[[:blank:]]*$",
        "is not KEY=value: without = compose looks for the value elsewhere",
    ),
    Rule("^[^=]*=", _NO_NAME),
    Rule("", "is not KEY=value"),
)
#: Of a host's file alone: compose would take its own settings from such a key.
STEERING = f"{_BEFORE}((COMPOSE|DOCKER)_[A-Za-z0-9_]*)[[:blank:]]*="


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, characters in _CLASSES.items():
        pattern = pattern.replace(name, characters)
    return re.compile(pattern)


_FOR_PYTHON = [(_compiled(rule.pattern), rule.why) for rule in RULES]
_ASSIGNMENT, _STEERING = _compiled(ASSIGNMENT), _compiled(STEERING)


def trouble(line: str) -> str:
    """Why a line, without its end, is refused; empty for one that all readers read alike."""
    return next(why for pattern, why in _FOR_PYTHON if pattern.search(line))


def assigned(line: str) -> tuple[str, str] | None:
    """Key and value of an accepted line; None where it assigns nothing."""
    match = _ASSIGNMENT.match(line)
    if match is None:
        return None
    text = line[match.end() :]
    if text[:1] in ("'", '"'):
        return match[2], text[1 : text.index(text[0], 1)]
    return match[2], text.partition(" #")[0].rstrip(" \t")


def key_of(line: str) -> str:
    """The key of a line, accepted or not; empty for a line that is no assignment."""
    match = _ASSIGNMENT.match(line)
    return match[2] if match else ""


def steers_compose(key: str) -> bool:
    """Compose takes such a key of a host's `.env` for a setting of its own."""
    return bool(_STEERING.match(f"{key}="))
