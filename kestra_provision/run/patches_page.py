"""The page with every function of pyinfra that is replaced: docs/pyinfra.md."""

from __future__ import annotations

from pathlib import Path

from kestra_provision.run.patches import LOOKING, of_a_run

_INTRODUCTION = """\
# Where pyinfra is bent

These functions of pyinfra are replaced, because it has no hook there. They are installed once, by
`config.py`, or by the commands of `kestra-provision` that connect to hosts themselves. When pyinfra
moves (`config.py` pins its minor version), this is the list to go through.

| what | why | by |
|---|---|---|
"""


def markdown() -> str:
    """The text of `docs/pyinfra.md`."""
    patches = [*of_a_run(Path(), (), lambda _: [], lambda _: None, lambda _: []), LOOKING[-1]]
    rows = "".join(f"| `{p.target}` | {p.why} | `{p.by}` |\n" for p in patches)
    return f"{_INTRODUCTION}{rows}"
