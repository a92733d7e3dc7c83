"""Settings as people may see them: an address may hold a password, a command a token."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

MASK = "*****"
#: Whose text is the operator's own, and root's alone on the host.
_CLOSED = ("notify_command", "flow_secrets")

#: What holds anything of the operator's: no message repeats it.
OPERATORS = ("kestra_env", "kestra_config", "flow_secrets", "kestra_maven_repository")

#: Words for a secret, in the languages of those who run this; a part of an expression.
WORDS = (
    r"password|passwd|passphrase|passwort|kennwort|senha|contrase(?:n|\u00f1)a|pwd"
    r"|secret|segredo|token|credential"
)
#: What is called like a secret, and all that follows it in the line.
_SECRETIVE = re.compile(
    rf"(?i)(?P<name>(?:{WORDS}|key|authorization|bearer|notify_command)[\w.\"'-]*\s*[\s:=]\s*)(?P<value>\S.*)"
)
_POINTS_ELSEWHERE = re.compile(r"""["']?\$\{?\w+\}?["']?""")


class Changed(NamedTuple):
    """A setting that is another one than at the last deploy; secrets in it are masked."""

    name: str
    before: str
    after: str


def masked(value: Any) -> Any:
    """Without the password of an address, and without what is called like a secret in a mapping."""
    if isinstance(value, dict):
        return {key: MASK if secretive(key) else masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return re.sub(r"://[^/@\s]*@", f"://{MASK}@", value) if isinstance(value, str) else value


def told(name: str, value: Any) -> Any:
    """A setting as people may see it: of commands for secrets no more than their program."""
    if name == "flow_secrets":
        return {secret: f"{words[0]} …" for secret, words in value.items()}
    return masked(value)


def secretive(name: str) -> bool:
    """True for what is called like a secret."""
    return guarded(f"{name}: x") != f"{name}: x"


def closed_values(value: Any, closed: bool = False) -> Iterator[str]:
    """What is called like a secret in a mapping: every text and number of it.

    + closed: of a value that is one already
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from closed_values(inner, closed or secretive(key))
    elif isinstance(value, list):
        for inner in value:
            yield from closed_values(inner, closed)
    elif closed and value is not None and not isinstance(value, bool):
        yield str(value)


def guarded(line: str) -> str:
    """A line that nobody of us wrote, without what is called like a secret in it."""
    return _SECRETIVE.sub(_without_value, line)


def points_elsewhere(value: str) -> bool:
    """True for a value that only says where the secret is."""
    return bool(_POINTS_ELSEWHERE.fullmatch(value))


def _without_value(found: re.Match[str]) -> str:
    if points_elsewhere(found["value"]):
        return found[0]
    return f"{found['name']}{MASK}"


def recorded(settings: BaseModel) -> dict[str, Any]:
    """Every setting, as the host keeps it in mind until the next deploy.

    What may hold a secret is masked, with a sum beside it that tells a change.
    """
    return {name: _kept(name, value) for name, value in settings.model_dump(mode="json").items()}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """What differs, by name; nothing where nobody knows what was.

    + before, after: as `recorded` tells them
    """
    names = [name for name in after if before and before.get(name) != after[name]]
    return [Changed(name, _text(before.get(name)), _text(after[name])) for name in names]


def text_of(value: Any) -> Any:
    """A mapping as one line; anything else as it is."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def listed(value: Any) -> str:
    """A value as a table shows it."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "[]"
    return "-" if value is None or value == {} else str(text_of(value))


def _kept(name: str, value: Any) -> Any:
    if isinstance(value, dict) and not value:
        return None
    shown = MASK if name in _CLOSED and value else text_of(masked(value))
    if shown == value:
        return value
    return {"shown": shown, "sum": hashlib.sha256(str(value).encode()).hexdigest()[:16]}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("shown")
    return listed(value)
