"""The project's own files: beside this package in a checkout, inside it once installed.

`pyproject.toml` puts the one copy of the repository into the wheel as `kestra_provision/shipped`,
laid out as in a checkout, so that whoever asks for a file need not know which of the two it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_SHIPPED = _PACKAGE / "shipped"
#: What `kestra-provision init` copies; `.env.example` and the inventory's example come beside it.
SKELETON = Path(__file__).with_name("skeleton")
_ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent


def path(name: str) -> Path:
    """Where a file or folder of the project lies.

    + name: as in a checkout, such as `templates` or `inventory/_server.py`
    """
    return _ROOT / name


def run(name: str) -> None:
    """Runs a file of the project for pyinfra, as if it stood in the folder of the caller.

    + name: `config.py`, `deploy.py` or a runbook

    Such a file of an operator's own repository holds this call and nothing else, so an upgrade of
    the package is all there is to upgrade. pyinfra's `local.include` is no way to do it: it knows
    no `config.py`, and names every operation after the file's path.
    """
    # Only here: importing pyinfra_cli patches the standard library.
    from pyinfra_cli.util import exec_file

    root = str(_ROOT)
    if sys.path[0] != root:
        # First, because deploy.py imports `tasks`, and the caller's folder is on the path too.
        sys.path.insert(0, root)
    exec_file(str(path(name)))
