"""The fingerprint of a public key, and everything that is no key to be trusted."""

import base64
import textwrap

import pytest

from kestra_provision.docker.openpgp import OpenPgpError, fingerprint

#: Made for this test by gpg: a primary key, a user, a signature, a subkey, its signature.
KEY = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawEReBYJKwYBBAHaRw8BAQdAAPmFHwwXdq8hPSLlDzg7PsuX7bSlOBiPTiSa
yBZRN+y0EHRlc3RAZXhhbXBsZS5jb22IkAQTFggAOBYhBI02oJGPdvdZBDlya95a
KOIBjYrQBQJrARF4AhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEN5aKOIB
jYrQN+UA/RgoHFoaNQImWRoJhm9P06tu5Qz2ad7vPE+NPr8HBULHAQDG7sDUP47K
iMeMyvMwrLe4UfA9YM+bUJmthR7xGtt5BLg4BGsBEXkSCisGAQQBl1UBBQEBB0DT
BVNfjf0y0SheawG2IAUyxQUeuXGUcXJjHjy0nyB6JgMBCAeIeAQYFggAIBYhBI02
oJGPdvdZBDlya95aKOIBjYrQBQJrARF5AhsMAAoJEN5aKOIBjYrQi40A/RG5JzEV
5Ww7BMx5ubtw4h/ONKvv65ovnEBfbGvFPip3AQDVCJZWpvOowVXpctOFeZ9WMVid
dQySe8oG504i7/rdBw==
=qzCF
-----END PGP PUBLIC KEY BLOCK-----
"""
FINGERPRINT = "8D36A0918F76F7590439726BDE5A28E2018D8AD0"
DATA = base64.b64decode("".join(KEY.split("\n\n")[1].split("=qzCF")[0].split()))
#: The primary key's packet: a header of the old format with one octet of length.
PRIMARY, REST = DATA[: 2 + DATA[1]], DATA[2 + DATA[1] :]
BODY = PRIMARY[2:]


def armored(data: bytes, head: str = "") -> str:
    lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    begin, end = (f"-----{word} PGP PUBLIC KEY BLOCK-----" for word in ("BEGIN", "END"))
    return f"{begin}\n{head}\n{lines}\n{end}\n"


def test_fingerprint_is_what_gpg_prints() -> None:
    assert fingerprint(KEY) == FINGERPRINT


@pytest.mark.parametrize(
    "text",
    [
        armored(DATA),
        armored(DATA, "Version: GnuPG v2\nComment: of a mirror\n"),
        KEY.replace("\n", "\r\n"),
        f"\n{KEY}\n\n",
        armored(PRIMARY),
        armored(bytes([0xC6, len(BODY)]) + BODY + REST),
        armored(bytes([0xC6, 0xFF]) + len(BODY).to_bytes(4, "big") + BODY),
        armored(bytes([0x99]) + len(BODY).to_bytes(2, "big") + BODY),
        armored(bytes([0x9A]) + len(BODY).to_bytes(4, "big") + BODY),
    ],
    ids=[
        "no checksum",
        "headers",
        "CRLF",
        "blank lines",
        "primary alone",
        "new",
        "new, 5",
        "2",
        "4",
    ],
)
def test_the_same_key_in_other_clothes(text: str) -> None:
    assert fingerprint(text) == FINGERPRINT


def test_new_format_with_two_octets_of_length() -> None:
    long = b"\x04" + bytes(999)
    first = bytes([0xC6, 192 + ((1000 - 192) >> 8), (1000 - 192) & 0xFF])
    old = bytes([0x99]) + (1000).to_bytes(2, "big")
    assert fingerprint(armored(first + long)) == fingerprint(armored(old + long))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not one armored public key"),
        ("<html>Sign in to this network</html>", "not one armored public key"),
        (KEY + KEY, "not one armored public key"),
        (KEY + "# a remark\n", "not one armored public key"),
        (KEY.replace("PUBLIC", "PRIVATE"), "not one armored public key"),
        (KEY.replace("iSa\n", "iS=\n"), "packets cannot be read"),
        (armored(DATA + DATA), "2 primary keys, not one"),
        (armored(REST), "0 primary keys, not one"),
        (armored(REST + PRIMARY), "1 primary keys, not one"),
        (armored(DATA[:-1]), "packets cannot be read"),
        (armored(PRIMARY + b"\x00"), "packets cannot be read"),
        (armored(bytes([0x9B]) + BODY), "packets cannot be read"),
        (armored(bytes([0xC6, 0xE1]) + BODY), "packets cannot be read"),
        (armored(PRIMARY + bytes([0xCB, 1, 0])), "packets of kind 11"),
        (armored(bytes([0x98, len(BODY)]) + b"\x03" + BODY[1:]), "no key of version 4"),
        (armored(bytes([0x98, 0])), "no key of version 4"),
    ],
    ids=[
        "empty",
        "a web page",
        "two blocks",
        "text after it",
        "a private key",
        "padding inside",
        "two keys in a block",
        "no primary key",
        "the primary key last",
        "cut off",
        "no packet",
        "length not given",
        "length in parts",
        "a message",
        "version 3",
        "nothing in it",
    ],
)
def test_anything_else_is_no_key(text: str, why: str) -> None:
    with pytest.raises(OpenPgpError, match=why):
        fingerprint(text)


def test_another_key_has_another_fingerprint() -> None:
    forged = PRIMARY[:-1] + bytes([PRIMARY[-1] ^ 1])
    assert fingerprint(armored(forged + REST)) != FINGERPRINT
