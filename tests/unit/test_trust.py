"""The key that a host shows: known, new, or refused with the way out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import paramiko
import pytest

from kestra_provision.remote.known_hosts import Key, entry
from kestra_provision.remote.trust import Trust, TrustError
from kestra_provision.remote.way import Way

SHOWN, OTHER = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
CLIENT = cast(paramiko.SSHClient, SimpleNamespace(get_transport=lambda: None))


def line(name: str, key: paramiko.PKey = SHOWN) -> str:
    return entry(name, Key(key.get_name(), key.asbytes()), hashed=False)


def asked(file: Path, shown: paramiko.PKey = SHOWN, **options: str) -> None:
    """Shows the key to a file of known hosts; raises `TrustError` when it is not taken."""
    given = {"userknownhostsfile": str(file), **options}
    way = Way("vps1", {option: [value] for option, value in given.items()})
    Trust(way).missing_host_key(CLIENT, "vps1", shown)


def test_new_key_is_written_down_in_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "known_hosts"
    asked(file)
    assert file.read_text() == line("vps1")
    assert file.stat().st_mode & 0o777 == 0o600
    asked(file, stricthostkeychecking="yes")
    assert file.read_text() == line("vps1")


def test_new_key_never_lengthens_the_last_line(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text("# no line break")
    asked(file)
    assert file.read_text() == f"# no line break\n{line('vps1')}"


def test_new_key_is_hashed_where_ssh_would(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    asked(file, hashknownhosts="yes")
    assert "vps1" not in file.read_text()
    asked(file, stricthostkeychecking="yes")


def test_key_that_cannot_be_written_down_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    asked(tmp_path / "file" / "known_hosts")
    assert "the key of vps1 cannot be written down" in capsys.readouterr().err


def test_no_file_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked(Path("none"))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("strict", ["accept-new", "no", "yes", "ask"])
@pytest.mark.parametrize(
    ("before", "said", "fix"),
    [
        ("", "IDENTIFICATION HAS CHANGED", "ssh-keygen -f {file} -R vps1"),
        ("<<<<<<<\n", "IDENTIFICATION HAS CHANGED", "ssh-keygen -f {file} -R vps1"),
        (f"@cert-authority *.org {line('x').split(' ', 1)[1]}", "HAS CHANGED", "ssh-keygen"),
    ],
)
def test_changed_key_is_refused_and_not_written_down(
    tmp_path: Path, strict: str, before: str, said: str, fix: str
) -> None:
    file = tmp_path / "known_hosts"
    text = before + line("vps1", OTHER)
    file.write_text(text)
    with pytest.raises(TrustError, match=said) as error:
        asked(file, stricthostkeychecking=strict)
    assert fix.format(file=file) in error.value.fix
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"@revoked * {line('x').split(' ', 1)[1]}", "is revoked by"),
        ("vps1 ssh-ed25519 AAAA\n", "is about vps1 and cannot be read"),
        (f"@cert-authority vps1 {line('x').split(' ', 1)[1]}", "which only ssh can check"),
    ],
)
def test_what_is_no_plain_trust_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(text)
    with pytest.raises(TrustError, match=said):
        asked(file, stricthostkeychecking="no")
    assert file.read_text() == text


@pytest.mark.parametrize("known", [True, False])
def test_rsa_key_that_is_too_small_for_ssh_is_refused(tmp_path: Path, known: bool) -> None:
    file, shown = tmp_path / "kh", paramiko.RSAKey.generate(1024)
    file.write_text(line("vps1", shown) if known else "")
    asked(tmp_path / "other", shown, requiredrsasize="1024")
    with pytest.raises(TrustError, match=r"1024 bits.* less than 2048"):
        asked(file, shown, requiredrsasize="2048")
    asked(tmp_path / "another", requiredrsasize="2048")


@pytest.mark.parametrize(("strict", "why"), [("yes", "yes"), ("ask", "no terminal to ask")])
def test_unknown_key_is_refused_where_it_shall_be_known(
    tmp_path: Path, strict: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    with pytest.raises(TrustError, match=why) as error:
        asked(tmp_path / "kh", stricthostkeychecking=strict, port="2222")
    assert error.value.fix.startswith(f"ssh-keyscan -p 2222 vps1 >> {tmp_path}/kh ")
    with pytest.raises(TrustError, match=why) as error:
        asked(tmp_path / "new" / "kh", stricthostkeychecking=strict)
    assert error.value.fix.startswith(f"mkdir -p {tmp_path}/new && ssh-keyscan ")


def test_alias_is_the_name_that_counts(tmp_path: Path) -> None:
    file = tmp_path / "kh"
    file.write_text(line("vps1") + line("al", OTHER))
    with pytest.raises(TrustError, match="HAS CHANGED"):
        asked(file, hostkeyalias="al")


def test_on_another_port_the_plain_name_may_vouch_and_never_contradicts(tmp_path: Path) -> None:
    file = tmp_path / "kh"
    file.write_text(line("vps1"))
    asked(file, port="2222", stricthostkeychecking="yes")
    file.write_text(line("vps1", OTHER))
    asked(file, port="2222")
    assert line("[vps1]:2222") in file.read_text()


def test_several_files_count_and_the_first_is_written_to(tmp_path: Path) -> None:
    first, second, system = (tmp_path / name for name in ("1", "2", "3"))
    second.write_text(line("vps2", OTHER))
    system.write_text(line("vps1", OTHER))
    with pytest.raises(TrustError, match=rf"{system}:1"):
        asked(Path(f"{first} {second}"), globalknownhostsfile=str(system))
    asked(Path(f"{first} {second}"))
    assert first.read_text() == line("vps1")


def test_file_that_cannot_be_read_might_know_the_host(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="cannot be read: Is a directory"):
        asked(tmp_path)


def test_list_of_revoked_keys(tmp_path: Path) -> None:
    revoked = tmp_path / "revoked"
    for text, fine in ((line("x", OTHER), True), (line("x"), False)):
        revoked.write_text(text.split(" ", 1)[1])
        if fine:
            asked(tmp_path / "kh", revokedhostkeys=str(revoked))
        else:
            with pytest.raises(TrustError, match="is revoked by"):
                asked(tmp_path / "kh", revokedhostkeys=str(revoked))
    with pytest.raises(TrustError, match="cannot be read"):
        asked(tmp_path / "kh", revokedhostkeys=str(tmp_path / "none"))


@pytest.mark.parametrize(("address", "taken"), [("192.0.2.1", True), ("192.0.2.2", False)])
def test_address_counts_where_ssh_checks_it(tmp_path: Path, address: str, taken: bool) -> None:
    file = tmp_path / "kh"
    file.write_text(line("vps1") + line("192.0.2.1") + line("192.0.2.2", OTHER))
    sock: Any = SimpleNamespace(getpeername=lambda: (address, 22))
    transport = SimpleNamespace(sock=sock, getpeername=sock.getpeername)
    client = cast(paramiko.SSHClient, SimpleNamespace(get_transport=lambda: transport))
    trust = Trust(Way("vps1", {"userknownhostsfile": [str(file)], "checkhostip": ["yes"]}))
    if taken:
        trust.missing_host_key(client, "vps1", SHOWN)
    else:
        with pytest.raises(TrustError, match=r"192\.0\.2\.2 has another key"):
            trust.missing_host_key(client, "vps1", SHOWN)


def test_known_types_are_asked_for_first(tmp_path: Path) -> None:
    file = tmp_path / "kh"
    file.write_text(line("vps1", paramiko.RSAKey.generate(2048)))
    trust = Trust(Way("vps1", {"userknownhostsfile": [str(file)]}))
    possible = ("ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256")
    assert trust.algorithms(possible) == ("rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519")
