"""Makes one `docker save` file of several, without a Docker engine."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
#: They list the images of one file; `docker load` needs none of them beside the manifest.
_LISTS = {MANIFEST, "index.json", "oci-layout", "repositories"}


def merge(archives: Sequence[Path], target: Path) -> None:
    """Write the images of all archives into a new file; what two of them share is in it once."""
    partial = target.with_suffix(".partial")
    seen: set[str] = set()
    manifest: list[Any] = []
    try:
        with tarfile.open(partial, "w") as out:
            for archive in archives:
                manifest += _copy(archive, out, seen)
            text = json.dumps(manifest).encode()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size, entry.mode = len(text), 0o644
            out.addfile(entry, io.BytesIO(text))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _copy(archive: Path, out: tarfile.TarFile, seen: set[str]) -> list[Any]:
    manifest: list[Any] = []
    with tarfile.open(archive, "r|*") as content:
        for member in content:
            member.name = member.name.removeprefix("./")
            stream = content.extractfile(member) if member.isfile() else None
            if member.name == MANIFEST and stream:
                manifest = json.load(stream)
            elif member.name not in _LISTS and member.name not in seen:
                seen.add(member.name)
                out.addfile(member, stream)
    return manifest
