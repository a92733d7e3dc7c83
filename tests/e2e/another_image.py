"""The same archive with another Kestra under the same name: its tag then means another image."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any


def with_another(archive: Path, tag: str, target: Path) -> Path:
    """Writes `target`, in which the image of this tag was made at another time."""
    with tarfile.open(archive) as old:
        manifest = _json(old, "manifest.json")
        (image,) = [each for each in manifest if tag in (each["RepoTags"] or [])]
        config = {**_json(old, image["Config"]), "created": "2001-02-03T04:05:06Z"}
        text = json.dumps(config).encode()
        former, image["Config"] = image["Config"], f"{hashlib.sha256(text).hexdigest()}.json"
        # Whoever reads an index first would find the former image there.
        left_out = {"manifest.json", "index.json", "oci-layout", "repositories"}
        if not any(each["Config"] == former for each in manifest):
            left_out.add(former)
        with tarfile.open(target, "w") as new:
            for member in old:
                if member.name not in left_out:
                    new.addfile(member, old.extractfile(member) if member.isfile() else None)
            for name, content in (
                (image["Config"], text),
                ("manifest.json", json.dumps(manifest).encode()),
            ):
                added = tarfile.TarInfo(name)
                added.size = len(content)
                new.addfile(added, io.BytesIO(content))
    return target


def _json(archive: tarfile.TarFile, name: str) -> Any:
    content = archive.extractfile(name)
    assert content
    return json.load(content)
