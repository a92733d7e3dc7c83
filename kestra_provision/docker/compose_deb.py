"""Looks into a Debian package on the laptop without dpkg: its name, version and machine."""

from __future__ import annotations

import hashlib
import io
import lzma
import tarfile
import zlib
from dataclasses import dataclass
from email import message_from_string
from functools import cache
from pathlib import Path
from typing import IO

from kestra_provision.settings import Settings

_MAGIC = b"!<arch>\n"
_HEADER = 60
_UNREADABLE = (tarfile.TarError, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class DebError(ValueError):
    """The file is missing, is no Debian package, or is not the one whose sum was given."""


@dataclass(frozen=True)
class Deb:
    """A package file; `architecture` is `all` when it runs anywhere."""

    path: Path
    size: int
    sha256: str
    package: str
    version: str
    architecture: str


def read_deb(path: str, sha256: str | None = None) -> Deb:
    """Reads the package's own control data, once a run for all hosts.

    + path: the .deb
    + sha256: when given, the file's sum must be this one

    Raises `DebError` with what is wrong and how to mend it.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise DebError(f"compose_deb {path} is not there; apt-get download fetches a package")
    stat = file.stat()
    deb = _read(file, stat.st_size, stat.st_mtime_ns)
    if sha256 and deb.sha256 != sha256:
        raise DebError(
            f"compose_deb {file} has the SHA-256 {deb.sha256}, compose_deb_sha256 says {sha256}"
        )
    return deb


def compose_deb_of(settings: Settings) -> Deb | None:
    """The laptop's compose plugin, looked into once a run; None without one.

    Raises `DebError`.
    """
    if settings.compose_deb is None:
        return None
    return read_deb(settings.compose_deb, settings.compose_deb_sha256)


@cache
def _read(file: Path, size: int, _changed: int) -> Deb:
    try:
        with file.open("rb") as stream:
            control = _control(stream)
            stream.seek(0)
            total = hashlib.file_digest(stream, "sha256").hexdigest()
        fields = message_from_string(control)
        package, version, machine = (
            _field(fields[name], name) for name in ("Package", "Version", "Architecture")
        )
        return Deb(file, size, total, package, version, machine)
    except _UNREADABLE as error:
        raise DebError(f"compose_deb {file} is no Debian package ({error})") from error


def _field(value: str | None, name: str) -> str:
    if not value:
        raise ValueError(f"its control data has no {name}")
    return value.strip()


def _control(stream: IO[bytes]) -> str:
    """The text of the file `control`. A .deb is an `ar` whose second member is a tar of it."""
    if stream.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("it does not start as one")
    while len(header := stream.read(_HEADER)) == _HEADER:
        name, size = header[:16].decode().strip().rstrip("/"), int(header[48:58])
        if name.endswith(".zst"):
            raise ValueError(f"{name} is packed with zstd; take Debian's package, packed with xz")
        if name.startswith("control.tar"):
            return _file_control(stream.read(size))
        stream.seek(size + size % 2, 1)
    raise ValueError("it has no control.tar")


def _file_control(content: bytes) -> str:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar:
            if member.name.removeprefix("./") == "control" and (file := tar.extractfile(member)):
                return file.read().decode()
    raise ValueError("it has no control file")
