"""Keys of hosts as files of known hosts have them, judged as the ssh client judges them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

Word = Literal["known", "new", "changed", "revoked", "authority", "damaged"]

_AUTHORITY, _REVOKED = "@cert-authority", "@revoked"
_HASHED = "|1|"


@dataclass(frozen=True)
class Key:
    """+ type: such as `ssh-ed25519`
    + blob: the key as SSH sends it
    """

    type: str
    blob: bytes


@dataclass(frozen=True)
class Line:
    """One line of a file of known hosts.

    + place: file and number
    + marker: such as `@revoked`, empty for a key that is trusted
    + names: patterns, hashes of names, or what stands there instead
    + key: None where the line cannot be read
    """

    place: str
    marker: str
    names: str
    key: Key | None

    def speaks_of(self, name: str) -> bool:
        """Whether the line is about this host: `NAME`, or `[NAME]:PORT` for another port."""
        if self.names.startswith(_HASHED):
            return _is_hash_of(self.names, name)
        patterns = self.names.lower().split(",")
        if any(p[:1] == "!" and _matches(name, p[1:]) for p in patterns):
            return False
        return any(_matches(name, p) for p in patterns)


@dataclass(frozen=True)
class Judgement:
    """+ word: `damaged` where a line about the host cannot be read, `authority` where only a
      certificate of its key would be trusted
    + place: the line that says so, empty without one
    """

    word: Word
    place: str = ""


def lines(place: str, text: str) -> list[Line]:
    """The lines of a file.

    + place: the file's name
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        marker = fields.pop(0) if fields[0].startswith("@") else ""
        names, *rest = [*fields, ""][: max(len(fields), 1)]
        if len(rest) >= 3 and all(field.isdigit() for field in rest[:3]):
            continue  # a key of SSH 1, which nobody speaks any more
        known = marker in ("", _AUTHORITY, _REVOKED)
        key = _key(*rest[:2]) if known and len(rest) >= 2 else None
        found.append(Line(f"{place}:{number}", marker, names, key))
    return found


def read(files: Iterable[Path]) -> list[Line]:
    """The lines of these files; one that is missing has none.

    Raises `OSError` for one that cannot be read: it might know the host.
    """
    found = []
    for file in files:
        try:
            # A byte that is no UTF-8 spoils its own line only.
            found += lines(str(file), file.read_text(encoding="utf-8", errors="replace"))
        except (FileNotFoundError, NotADirectoryError):
            continue
    return found


def judge(known: Sequence[Line], name: str, key: Key) -> Judgement:
    """What these lines say of the key that a host shows."""
    about = [line for line in known if line.speaks_of(name)]
    trusted = [line for line in about if line.key and not line.marker]
    words: list[tuple[Word, list[Line]]] = [
        ("revoked", [line for line in about if line.marker == _REVOKED and line.key == key]),
        ("known", [line for line in trusted if line.key == key]),
        ("changed", trusted),
        ("damaged", [line for line in about if line.key is None]),
        ("authority", [line for line in about if line.marker == _AUTHORITY]),
    ]
    return next((Judgement(word, said[0].place) for word, said in words if said), Judgement("new"))


def known_types(known: Sequence[Line], name: str) -> list[str]:
    """Types of the keys that are known of the host, for it to be asked for them first."""
    about = (line for line in known if not line.marker and line.speaks_of(name))
    return [*dict.fromkeys(line.key.type for line in about if line.key)]


def entry(name: str, key: Key, hashed: bool) -> str:
    """A line for a new key, with its line break."""
    return f"{_hash(name) if hashed else name} {key.type} {base64.b64encode(key.blob).decode()}\n"


def _key(kind: str, text: str) -> Key | None:
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # A key names its type itself, after four bytes of length.
    inside = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
    return Key(kind, blob) if inside == kind.encode() and len(blob) > 4 + len(inside) else None


def _matches(name: str, pattern: str) -> bool:
    """`*` and `?` stand for something; brackets do not, they are around a name with a port."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _is_hash_of(hashed: str, name: str) -> bool:
    try:
        _, _, salt, told = hashed.split("|")
        return hmac.compare_digest(_digest(base64.b64decode(salt), name), base64.b64decode(told))
    except ValueError:
        return False


def _hash(name: str) -> str:
    salt = os.urandom(20)
    shown = (base64.b64encode(part).decode() for part in (salt, _digest(salt, name)))
    return _HASHED + "|".join(shown)


def _digest(salt: bytes, name: str) -> bytes:
    return hmac.new(salt, name.encode(), hashlib.sha1).digest()
