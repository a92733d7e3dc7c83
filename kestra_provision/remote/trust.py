"""Whether the key that a host shows is the one that the user's own ssh would take."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import click
import paramiko

from kestra_provision.remote import known_hosts
from kestra_provision.remote.known_hosts import Key
from kestra_provision.remote.way import Way

#: What a key of this type is asked for by.
_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}


class TrustError(paramiko.SSHException):
    """A key that is not taken; `fix` says what helps."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


class Trust(paramiko.MissingHostKeyPolicy):
    """What is known of one host. paramiko is told no key, so that it asks here each time."""

    def __init__(self, way: Way) -> None:
        """Raises `TrustError` for a file that cannot be read: it might know the host."""
        self._way = way
        files = [*way.known_hosts, *way.files("globalknownhostsfile")]
        try:
            self._known = known_hosts.read(files)
        except OSError as error:
            raise TrustError(
                f"{error.filename}, with keys of known hosts, cannot be read: {error.strerror}",
                "make it readable, or name another file: ssh_known_hosts_file",
            ) from error

    def algorithms(self, possible: tuple[str, ...]) -> tuple[str, ...]:
        """The order in which the host is asked for its key: types that are known come first."""
        types = (known_hosts.known_types(self._known, name) for name in self._way.names)
        known = next((found for found in types if found), [])
        first = [each for kind in known for each in _ALGORITHMS.get(kind, (kind,))]
        return tuple(dict.fromkeys([*(f for f in first if f in possible), *possible]))

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        """Raises `TrustError` for a key that is not trusted; a new one may be written down."""
        shown, name = Key(key.get_name(), key.asbytes()), self._way.names[0]
        self._require_not_revoked(shown)
        self._require_size(key)
        said = known_hosts.judge(self._known, name, shown)
        if said.word == "known":
            self._require_address(client, shown)
        elif said.word != "new":
            raise self._refused(said.word, said.place, name)
        elif not self._known_without_port(shown):
            self._require_welcome(name, shown)
            self._write(name, shown)

    def _known_without_port(self, shown: Key) -> bool:
        for name in self._way.names[1:]:
            said = known_hosts.judge(self._known, name, shown)
            if said.word == "revoked":
                raise self._refused(said.word, said.place, name)
            if said.word == "known":
                return True
        return False

    def _require_address(self, client: paramiko.SSHClient, shown: Key) -> None:
        """With CheckHostIP the key has to be that of the address, too."""
        transport = client.get_transport()
        if not self._way.on("checkhostip") or transport is None or self._way.one("hostkeyalias"):
            return
        peer = transport.getpeername() if hasattr(transport.sock, "getpeername") else None
        if isinstance(peer, tuple) and isinstance(peer[0], str):
            name = peer[0] if self._way.port == 22 else f"[{peer[0]}]:{self._way.port}"
            said = known_hosts.judge(self._known, name, shown)
            if said.word in ("changed", "revoked"):
                raise self._refused(said.word, said.place, name)

    def _refused(self, word: known_hosts.Word, place: str, name: str) -> TrustError:
        if word == "changed":
            file = place.rpartition(":")[0]
            return TrustError(
                "SSH host key error: REMOTE HOST IDENTIFICATION HAS CHANGED, "
                f"{name} has another key than {place} says",
                "if the server was installed anew, forget its old key: "
                f"ssh-keygen -f {shlex.quote(file)} -R {shlex.quote(name)}   "
                "If it was not, somebody may stand between you and it",
            )
        if word == "revoked":
            return TrustError(
                f"SSH host key error: the key of {name} is revoked by {place}",
                "give the server a new key; whoever has the old one can stand between you and it",
            )
        if word == "damaged":
            return TrustError(
                f"SSH host key error: {place} is about {name} and cannot be read",
                f"mend that line or take it out; {self._scan(name)}",
            )
        return TrustError(
            f"SSH host key error: {place} trusts certificates of {name}, which only ssh can check",
            f"write down its plain key, too: {self._scan(name)}",
        )

    def _require_size(self, key: paramiko.PKey) -> None:
        least = self._way.number("requiredrsasize")
        if key.get_name() == "ssh-rsa" and key.get_bits() < least:
            raise TrustError(
                f"SSH host key error: the RSA key of {self._way.names[0]} has {key.get_bits()} "
                f"bits, and your ssh takes none of less than {least} (RequiredRSASize)",
                "give the server a larger one, or one of another kind: ssh-keygen -A",
            )

    def _require_not_revoked(self, shown: Key) -> None:
        for file in self._way.files("revokedhostkeys"):
            try:
                revoked = _is_revoked(file, shown)
            except OSError as error:
                raise TrustError(
                    f"{file} cannot be read, which lists revoked keys: {error.strerror}",
                    "RevokedHostKeys of your ssh_config names it",
                ) from error
            if revoked:
                raise self._refused("revoked", str(file), self._way.name)

    def _require_welcome(self, name: str, shown: Key) -> None:
        strict = self._way.strict
        if strict in ("accept-new", "no"):
            return
        if strict == "ask" and sys.stdin.isatty():
            question = f"{name} is not known; its key is {_fingerprint(shown)}. Go on?"
            if click.confirm(question, err=True):
                return
            raise TrustError(f"the key of {name} was not accepted", self._scan(name))
        who = "" if strict == "yes" else ", and there is no terminal to ask"
        raise TrustError(
            f"no key of {name} is known{who} (StrictHostKeyChecking {strict})", self._scan(name)
        )

    def _scan(self, name: str) -> str:
        """The command that writes its key down."""
        way = self._way
        file = way.known_hosts[0] if way.known_hosts else Path.home() / ".ssh/known_hosts"
        asked = f"ssh-keyscan -p {way.port} {shlex.quote(way.hostname)}"
        compared = "after you compared its key with what your provider shows"
        if way.one("hostkeyalias"):
            asked += f" | sed 's/^[^ ]*/{name}/'"
        folder = "" if file.parent.is_dir() else f"mkdir -p {shlex.quote(str(file.parent))} && "
        return f"{folder}{asked} >> {shlex.quote(str(file))}   {compared}"

    def _write(self, name: str, shown: Key) -> None:
        """Where it cannot be written down it is said, and the connection goes on, as with ssh."""
        for file in self._way.known_hosts[:1]:
            line = known_hosts.entry(name, shown, self._way.on("hashknownhosts"))
            try:
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                before = file.read_bytes() if file.is_file() else b""
                with open(file, "a", opener=_private) as open_file:
                    # One write, because others may write at the same time.
                    open_file.write(line if before[-1:] in (b"", b"\n") else f"\n{line}")
            except OSError as error:
                said = f"the key of {name} cannot be written down: {file}: {error.strerror}"
                click.echo(said, err=True)
                return
            click.echo(f"the key of {name} is new and was written to {file}", err=True)


def _is_revoked(file: Path, shown: Key) -> bool:
    """By a list of keys, or by a KRL, which ssh-keygen reads; raises `OSError` without either."""
    content = file.read_bytes()
    plain = known_hosts.entry("", shown, hashed=False).strip()
    if not content.startswith(b"SSHKRL"):
        return plain in [" ".join(line.split()[:2]) for line in content.decode().splitlines()]
    with tempfile.NamedTemporaryFile("w", suffix=".pub") as held:
        held.write(f"{plain}\n")
        held.flush()
        asked = ["ssh-keygen", "-Q", "-f", str(file), held.name]
        return bool(subprocess.run(asked, capture_output=True).returncode)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, mode=0o600)


def _fingerprint(shown: Key) -> str:
    digest = b64encode(sha256(shown.blob).digest()).decode().rstrip("=")
    return f"{shown.type} SHA256:{digest}"
