"""Kestra's internal storage on the local disk, below `kestra.storage.local.base-path`."""

import glob
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from .configuration import Configuration
from .errors import ApiError, not_found
from .versions import Version


class Storage:
    """Files by namespace; every directory is made on first use."""

    def __init__(self, version: Version, configuration: Configuration, local: bool) -> None:
        default = "/app/data/storage" if local else "/app/storage"
        base = Path(configuration.text("kestra.storage.local.base-path", default))
        # From 0.23 on everything lies below the tenant's directory.
        self._says_why = version.is_one
        self._base = base / "main" if version.has_tenant else base

    def path(self, namespace: str, area: str, name: str) -> Path:
        """Return the place of a file; one that leads out of its area is refused."""
        relative = PurePosixPath(name.lstrip("/"))
        if ".." in relative.parts:
            end = " and not using relative '..' path." if self._says_why else ""
            message = "Illegal argument: File should be accessed with their full path"
            raise ApiError(422, message + end)
        return self._base.joinpath(*namespace.split("."), area, *relative.parts)

    def uri(self, path: Path) -> str:
        """Return what a task calls a file."""
        return f"kestra:///{path.relative_to(self._base).as_posix()}"

    def place(self, uri: str) -> Path:
        """Return the place of a file that a task calls so."""
        return self.path("", "", uri.removeprefix("kestra:///"))

    def write(self, path: Path, content: bytes) -> None:
        """Write a file; a storage that is not writable shows as a missing file, as recorded."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as problem:
            raise _missing(path) from problem

    def read(self, path: Path) -> bytes:
        """Return the content of a file, or raise 404."""
        try:
            return path.read_bytes()
        except OSError as problem:
            raise _missing(path) from problem

    def delete(self, path: Path) -> bool:
        """Delete a file and tell whether it was there."""
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise _missing(path) from problem
        return True

    def remove(self, path: Path) -> None:
        """Delete a file with its revisions, or a directory with what is in it."""
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
            return
        self.delete(path)
        for revision in path.parent.glob(f"{glob.escape(path.name)}.v*"):
            self.delete(revision)

    def describe(self, path: Path) -> dict[str, Any]:
        """Return name, size and times of a file or directory."""
        try:
            about = path.stat()
        except OSError as problem:
            raise _missing(path) from problem
        return {
            "type": "Directory" if path.is_dir() else "File",
            "size": about.st_size,
            "fileName": path.name,
            "lastModifiedTime": int(about.st_mtime * 1000),
            "creationTime": int(about.st_ctime * 1000),
        }


def _missing(path: Path) -> ApiError:
    return not_found(f"{path} (No such file or directory)")
