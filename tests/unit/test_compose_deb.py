"""A package file is understood without dpkg, and everything else is refused with its reason."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from kestra_provision.docker.compose_deb import DebError, read_deb

CONTROL = """\
Package: docker-compose
Version: 2.26.1-4
Architecture: amd64
Description: a plugin
 Version: in the description counts for nothing
"""


def control_tar(text: str, compression: str, name: str = "./control") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as tar:  # type: ignore[call-overload]
        for member, content in (("./md5sums", b"0"), (name, text.encode())):
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def ar(*members: tuple[str, bytes]) -> bytes:
    content = b"!<arch>\n"
    for name, data in members:
        header = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n"
        content += header.encode() + data + b"\n" * (len(data) % 2)
    return content


def package(text: str = CONTROL, compression: str = "xz", name: str = "control.tar.xz") -> bytes:
    return ar(("debian-binary", b"2.0"), (name, control_tar(text, compression)), ("data.tar", b""))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "compose.deb"
    path.write_bytes(package())
    return path


@pytest.mark.parametrize(
    ("compression", "name"),
    [("xz", "control.tar.xz"), ("gz", "control.tar.gz/"), ("", "control.tar")],
)
def test_control_data(tmp_path: Path, compression: str, name: str) -> None:
    path = tmp_path / "compose.deb"
    content = package(compression=compression, name=name)
    path.write_bytes(content)
    deb = read_deb(str(path))
    assert (deb.package, deb.version, deb.architecture) == ("docker-compose", "2.26.1-4", "amd64")
    assert (deb.path, deb.size) == (path, len(content))
    assert deb.sha256 == hashlib.sha256(content).hexdigest()


def test_sum_is_compared(file: Path) -> None:
    right = read_deb(str(file)).sha256
    assert read_deb(str(file), right).sha256 == right
    with pytest.raises(DebError, match="compose_deb_sha256 says 0000"):
        read_deb(str(file), "0" * 64)


def test_replaced_file_is_read_again(file: Path) -> None:
    read_deb(str(file))
    file.write_bytes(package(CONTROL.replace("2.26.1-4", "2.40.0-10")))
    assert read_deb(str(file)).version == "2.40.0-10"


def test_missing_file_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(DebError, match=r"is not there; apt-get download"):
        read_deb(str(tmp_path / "none.deb"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not start as one"),
        (b"PK\x03\x04 a zip file", "does not start as one"),
        (b"!<arch>\n", "no control.tar"),
        (package()[:150], "is no Debian package"),
        (ar(("debian-binary", b"2.0"), ("control.tar.zst", b"x")), "packed with zstd"),
        (ar(("control.tar.xz", b"nonsense")), "is no Debian package"),
        (ar(("control.tar", control_tar("x", "", "./postinst"))), "no control file"),
        (package("Package: x\nVersion: 1\n"), "has no Architecture"),
        (package("Package:\nVersion: 1\nArchitecture: all\n"), "has no Package"),
        (b"!<arch>\n" + b"?" * 60, "is no Debian package"),
    ],
)
def test_what_is_no_package(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "compose.deb"
    path.write_bytes(content)
    with pytest.raises(DebError, match=why):
        read_deb(str(path))
