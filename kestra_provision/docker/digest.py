"""The SHA-256 of a large file on the laptop, reckoned once for each state of the file."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path


def file_sha256(file: Path) -> str:
    """Its sum, or the one from before when path, inode, size and time of change are the same.

    An archive of images has some GB, and every command looks whether it is the right one. What
    was reckoned is kept in the user's cache folder; where that cannot be written, it is reckoned
    each time.
    """
    status = file.stat()
    state = f"{file.resolve()} {status.st_ino} {status.st_size} {status.st_mtime_ns}"
    kept = cache_folder("sums") / f"{hashlib.sha256(state.encode()).hexdigest()}.sha256"
    with contextlib.suppress(OSError):
        known = kept.read_text().strip()
        if len(known) == 64:
            return known
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with contextlib.suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_text(f"{digest}\n")
        partial.replace(kept)
    return digest


def cache_folder(name: str) -> Path:
    """A folder of ours in the user's cache, which may not be there yet."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "kestra-provision" / name
