"""Looks into a `docker save` file on the laptop without Docker: which images, for which machine."""

from __future__ import annotations

import json
import lzma
import tarfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kestra_provision.docker.digest import file_sha256
from kestra_provision.settings import Settings

_UNREADABLE = (tarfile.TarError, zlib.error, lzma.LZMAError, OSError, EOFError)


class ArchiveError(ValueError):
    """The file is missing, is no `docker save` file, or is not the one whose sum was given."""


@dataclass(frozen=True)
class ArchivedImage:
    """One image of an archive.

    + config: SHA-256 of its configuration
    + content: when it was made and its layers' sums, as `docker image inspect` shows them; an image
      id is one thing in Docker's own store and another in containerd's
    """

    config: str
    architecture: str
    content: str


@dataclass(frozen=True)
class Archive:
    """An archive's images by tag.

    + size: of the file, bytes
    + unpacked: of its content, bytes; more than the file where that is compressed
    """

    path: Path
    size: int
    unpacked: int
    images: dict[str, ArchivedImage]


def read_archive(path: str, sha256: str | None = None) -> Archive:
    """Reads the manifest, once a run for all hosts.

    + path: the file, plain or compressed as `docker load` takes it
    + sha256: when given, the file's sum is compared first

    Raises `ArchiveError` with what is wrong and how to mend it.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise ArchiveError(
            f"image_archive {path} is not there; docker save -o {path} IMAGE… makes it"
        )
    stat = file.stat()
    return _read(file, sha256, stat.st_size, stat.st_mtime_ns)


def archive_of(settings: Settings) -> Archive | None:
    """The laptop's archive, looked into once a run; None when the images come another way.

    Raises `ArchiveError`.
    """
    if settings.image_source != "archive" or settings.archive_is_url:
        return None
    return read_archive(str(settings.image_archive), settings.image_archive_sha256)


@cache
def _read(file: Path, sha256: str | None, size: int, _changed: int) -> Archive:
    if sha256 and (found := file_sha256(file)) != sha256:
        raise ArchiveError(
            f"image_archive {file} has the SHA-256 {found}, image_archive_sha256 says {sha256}"
        )
    try:
        with tarfile.open(file) as tar:
            manifest = _member(tar, "manifest.json")
            images = {
                tag: _image(tar, str(entry["Config"]))
                for entry in manifest
                for tag in entry.get("RepoTags") or []
            }
            unpacked = sum(member.size for member in tar)
    except (*_UNREADABLE, AttributeError, LookupError, TypeError, ValueError) as error:
        # The latter four: JSON of another shape than docker save writes.
        raise ArchiveError(f"image_archive {file} is no docker save file ({error})") from error
    return Archive(file, size, unpacked, images)


def _member(tar: tarfile.TarFile, name: str) -> Any:
    stream = tar.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return json.load(stream)


def _image(tar: tarfile.TarFile, config: str) -> ArchivedImage:
    """`config` is `<sum>.json` in older archives and `blobs/sha256/<sum>` in newer ones."""
    digest = Path(config).name.removesuffix(".json")
    found = _member(tar, config)
    return ArchivedImage(digest, str(found.get("architecture", "")), _content(found))


def _content(config: Any) -> str:
    layers = (config.get("rootfs") or {}).get("diff_ids") or []
    return f"{config.get('created', '')} {json.dumps(layers, separators=(',', ':'))}"
