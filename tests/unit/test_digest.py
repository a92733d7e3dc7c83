"""A large file is read once for each state of it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.docker.digest import file_sha256


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kestra-provision" / "sums"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    original = hashlib.file_digest

    def counted(stream: Any, name: str) -> object:
        seen.append(name)
        return original(stream, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    return seen


def test_reckoned_once(tmp_path: Path, cache: Path, reads: list[str]) -> None:
    file = tmp_path / "images.tar"
    file.write_bytes(b"images")
    wanted = hashlib.sha256(b"images").hexdigest()
    assert [file_sha256(file), file_sha256(file)] == [wanted, wanted]
    assert len(reads) == 1
    assert [kept.suffix for kept in cache.iterdir()] == [".sha256"]


@pytest.mark.parametrize("how", ["another content", "as long, and later", "replaced"])
def test_changed_file_is_read_again(
    how: str, tmp_path: Path, cache: Path, reads: list[str]
) -> None:
    file = tmp_path / "images.tar"
    file.write_bytes(b"images")
    file_sha256(file)
    before = file.stat()
    if how == "another content":
        file.write_bytes(b"other images")
    elif how == "as long, and later":
        file.write_bytes(b"segami")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    else:
        (tmp_path / "new").write_bytes(b"segami")
        os.utime(tmp_path / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
        (tmp_path / "new").replace(file)
    assert file_sha256(file) == hashlib.sha256(file.read_bytes()).hexdigest()
    assert len(reads) == 2


def test_damaged_or_missing_cache_is_no_trouble(
    tmp_path: Path, cache: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "images.tar"
    file.write_bytes(b"images")
    wanted = file_sha256(file)
    for kept in cache.iterdir():
        kept.write_text("cut o")
    assert file_sha256(file) == wanted
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert file_sha256(file) == wanted
    assert len(reads) == 3
