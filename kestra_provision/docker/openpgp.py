"""Whose OpenPGP public key a file holds: its fingerprint, computed without gpg."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

#: One armored block and nothing around it: what another reader could take for a second key
#: is no key to us. The checksum of the armor (`=xxxx`) protects against nothing and is skipped.
_ARMOR = re.compile(
    r"\s*-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n"
    r"(?:[A-Za-z]+: [^\r\n]*\r?\n)*\s*"
    r"((?:[A-Za-z0-9+/]+={0,2}\r?\n)+)"
    r"(?:=[A-Za-z0-9+/]{4}\r?\n)?"
    r"-----END PGP PUBLIC KEY BLOCK-----\s*"
)
_SIGNATURE, _PRIMARY_KEY, _USER_ID, _SUBKEY, _USER_ATTRIBUTE = 2, 6, 13, 14, 17


class OpenPgpError(ValueError):
    """The text is not exactly one armored public key of version 4."""


def fingerprint(armored: str) -> str:
    """The fingerprint of the one primary key, 40 upper-case hexadecimal digits (RFC 4880, 12.2).

    It covers the primary key alone. What else the key brings counts only as far as that key
    has signed it, which is for the reader (apt's gpgv or sqv) to check.

    Raises `OpenPgpError`.
    """
    match = _ARMOR.fullmatch(armored)
    if not match:
        raise OpenPgpError("it is not one armored public key")
    try:
        packets = list(_packets(base64.b64decode("".join(match[1].split()), validate=True)))
    except (binascii.Error, IndexError) as error:
        raise OpenPgpError("its packets cannot be read") from error
    tags = [tag for tag, _ in packets]
    if tags[:1] != [_PRIMARY_KEY] or tags.count(_PRIMARY_KEY) != 1:
        raise OpenPgpError(f"it holds {tags.count(_PRIMARY_KEY)} primary keys, not one")
    if strange := set(tags) - {_PRIMARY_KEY, _SIGNATURE, _USER_ID, _SUBKEY, _USER_ATTRIBUTE}:
        raise OpenPgpError(f"packets of kind {min(strange)} do not belong into a public key")
    body = packets[0][1]
    if body[:1] != b"\x04" or len(body) > 0xFFFF:
        raise OpenPgpError("it is no key of version 4")
    digest = hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False)
    return digest.hexdigest().upper()


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and body of each packet, with headers of both formats; IndexError when cut off."""
    position = 0
    while position < len(data):
        header = data[position]
        if not header & 0x80:
            raise IndexError
        new = bool(header & 0x40)
        tag = header & 0x3F if new else header >> 2 & 0x0F
        size, start = _length(data, position + 1, None if new else header & 3)
        position = start + size
        if position > len(data):
            raise IndexError
        yield tag, data[start:position]


def _length(data: bytes, at: int, old_kind: int | None) -> tuple[int, int]:
    """A body's length and where it starts; a length that is not given is no length."""
    if old_kind is not None:
        count = (1, 2, 4)[old_kind]  # the fourth kind means "to the end of the file"
        return int.from_bytes(data[at : at + count], "big"), at + count
    first = data[at]
    if first < 192:
        return first, at + 1
    if first < 224:
        return ((first - 192) << 8) + data[at + 1] + 192, at + 2
    if first < 255:
        raise IndexError  # in parts, which only data packets may have
    return int.from_bytes(data[at + 1 : at + 5], "big"), at + 5
