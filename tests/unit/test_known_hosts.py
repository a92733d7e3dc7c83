"""Files of known hosts are read as ssh reads them, and nothing in them is skipped in silence."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from kestra_provision.remote.known_hosts import Key, entry, judge, known_types, lines, read


def key(kind: str = "ssh-ed25519", content: str = "one") -> Key:
    blob = b"".join(
        len(part).to_bytes(4, "big") + part for part in (kind.encode(), content.encode())
    )
    return Key(kind, blob)


def text(of: Key) -> str:
    return f"{of.type} {base64.b64encode(of.blob).decode()}"


MINE, OTHER = key(), key(content="two")


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (f"vps1 {text(MINE)}", "known"),
        (f"VPS1,192.0.2.1 {text(MINE)} a comment", "known"),
        (f"vps1 {text(OTHER)}", "changed"),
        (f"vps1 {text(OTHER)}\nvps1 {text(MINE)}", "known"),
        (f"vps1 {text(key('ssh-rsa'))}", "changed"),
        (f"example.com {text(OTHER)}", "new"),
        ("", "new"),
        (f"# vps1 {text(OTHER)}\n\n", "new"),
        # What once hid all that stood below it.
        (f"@cert-authority *.example.com {text(OTHER)}\nvps1 {text(OTHER)}", "changed"),
        (f"<<<<<<< HEAD\nvps1 {text(OTHER)}", "changed"),
        (f"example.com ssh-ed25519 AAAAno=base64\nvps1 {text(OTHER)}", "changed"),
        (f"example.com sk-ssh-ed25519@openssh.com AAAA\nvps1 {text(OTHER)}", "changed"),
        (f"example.com\nvps1 {text(OTHER)}", "changed"),
        (f"old.example.com 1024 35 1234567\nvps1 {text(OTHER)}", "changed"),
        # A line about the host itself that tells nothing.
        ("vps1 ssh-ed25519 AAAAno=base64", "damaged"),
        ("vps1 ssh-ed25519", "damaged"),
        (f"vps1 ssh-rsa {text(MINE).split()[1]}", "damaged"),
        (f"@cert-authorty vps1 {text(OTHER)}", "damaged"),
        (f"vps1 ssh-ed25519 x\nvps1 {text(MINE)}", "known"),
        (f"@cert-authority vps* {text(OTHER)}", "authority"),
        (f"@cert-authority vps* {text(OTHER)}\nvps1 {text(MINE)}", "known"),
        (f"vps1 {text(MINE)}\n@revoked * {text(MINE)}", "revoked"),
        (f"@revoked vps1 {text(OTHER)}", "new"),
        (f"vps? {text(OTHER)}", "changed"),
        (f"*,!vps1 {text(OTHER)}", "new"),
        (f"!vps2,* {text(OTHER)}", "changed"),
        (f"[vps1]:2222 {text(OTHER)}", "new"),
        (entry("vps1", OTHER, hashed=True), "changed"),
        (entry("vps1", MINE, hashed=True), "known"),
        (entry("vps2", OTHER, hashed=True), "new"),
        (f"|1|damaged {text(OTHER)}", "new"),
    ],
)
def test_judgement(file: str, word: str) -> None:
    assert judge(lines("kh", file), "vps1", MINE).word == word


def test_line_is_named() -> None:
    assert judge(lines("/kh", f"\n# x\nvps1 {text(OTHER)}"), "vps1", MINE).place == "/kh:3"


def test_another_port_has_a_name_of_its_own() -> None:
    file = lines("kh", f"[vps1]:2222 {text(MINE)}")
    assert judge(file, "[vps1]:2222", MINE).word == "known"
    assert judge(file, "[vps1]:2223", MINE).word == "new"
    assert judge(lines("kh", f"[vps?]:2222 {text(OTHER)}"), "[vps1]:2222", MINE).word == "changed"


def test_known_types_are_asked_for() -> None:
    file = lines("kh", f"vps1 {text(key('ssh-rsa'))}\nvps1 {text(MINE)}\n@revoked * {text(MINE)}")
    assert known_types(file, "vps1") == ["ssh-rsa", "ssh-ed25519"]
    assert known_types(file, "vps2") == []


def test_missing_file_knows_nobody_and_an_unreadable_one_is_an_error(tmp_path: Path) -> None:
    assert read([tmp_path / "none", tmp_path / "no" / "folder"]) == []
    with pytest.raises(OSError, match="Is a directory"):
        read([tmp_path])


def test_byte_that_is_no_utf8_spoils_its_own_line(tmp_path: Path) -> None:
    file = tmp_path / "kh"
    file.write_bytes(b"\xff\xfe damaged\n" + f"vps1 {text(OTHER)}\n".encode())
    assert judge(read([file]), "vps1", MINE).word == "changed"
