"""Compares texts with those in `tests/golden`, and writes them there."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"
REWRITE = "bin/test tests/unit -k golden --golden-write"

Texts = Mapping[str, str]


def differences(before: Texts, after: Texts, context: int = 1) -> str:
    """A unified diff of all files; empty when they are the same."""
    found: list[str] = []
    for name in sorted({*before, *after}):
        old, new = (texts.get(name, "").split("\n") for texts in (before, after))
        lines = difflib.unified_diff(old, new, name, name, lineterm="", n=context)
        found += [line if line[:2] != "@@" else "@@" for line in lines]
    return "\n".join([*found, ""]) if found else ""


def read(folder: Path) -> dict[str, str]:
    """The texts below a folder, by their path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(f.relative_to(folder)): f.read_bytes().decode() for f in files}


def compare(name: str, found: Texts, *, write: bool) -> None:
    """Fails with what differs from the golden folder of that name, or writes it anew."""
    folder = FOLDER / name
    if write:
        shutil.rmtree(folder, ignore_errors=True)
        for path, text in found.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
    differing = differences(read(folder), found, context=3)
    assert not differing, f"tests/golden/{name}, golden -, found +:\n{differing}\n{advice()}"


def compare_file(name: str, found: str, *, write: bool) -> None:
    """The same for one file."""
    file = FOLDER / name
    if write:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(found.encode())
    golden = file.read_bytes().decode() if file.exists() else ""
    differing = differences({name: golden}, {name: found}, context=3)
    assert not differing, f"tests/golden/{name}, golden -, found +:\n{differing}\n{advice()}"


def advice() -> str:
    return f"If it shall be so: {REWRITE}   and look at the diff before you commit it."
