"""The rooms of the package, from the ground up: a room imports only from those before it.

And no file of the project, in whichever room, is longer than anybody likes to read.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "kestra_provision"
FLOORS = [
    "text",
    "project",
    "remote",
    "settings",
    "stack",
    "services",
    "profiles",
    "docker",
    "plugins",
    "sync",
    "flows",
    "commands",
    "facts",
    "render",
    "run",
    "secrets",
    "kestra",
    "health",
    "status",
    "preflight",
    "drift",
    "runbook",
    "operations",
    "doctor",
    "plan",
    "cli",
]
#: Found in a checkout only where a wheel was made, or as copies for somebody's own repository.
NO_ROOMS = {"__pycache__", "shipped", "skeleton"}
#: Nobody writes these: a build makes them, or a command; and what the tests compare with.
MADE = {"build", "dist", "kestra_provision/shipped", "tests/golden", "group_data/all.py"}
LONGEST = 250


def _files() -> list[Path]:
    found = sorted(PACKAGE.rglob("*.py"))
    return [file for file in found if not NO_ROOMS & {*file.relative_to(PACKAGE).parts}]


def _imported(file: Path) -> set[str]:
    """The rooms that a file imports from, also within its functions."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            modules += [f"{node.module}.{name.name}" for name in node.names]
        elif isinstance(node, ast.Import):
            modules += [name.name for name in node.names]
    parts = [module.split(".") for module in modules]
    return {p[1] for p in parts if p[0] == PACKAGE.name and len(p) > 1} & {*FLOORS}


def test_every_room_has_a_floor() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - NO_ROOMS
    assert rooms == {*FLOORS}
    assert [path.name for path in PACKAGE.glob("*.py")] == ["__init__.py"]


def test_arrows_point_down() -> None:
    up = [
        f"{file.relative_to(PACKAGE)} imports from {room}"
        for file in _files()
        if file.parent != PACKAGE
        for room in sorted(_imported(file))
        if FLOORS.index(room) > FLOORS.index(file.relative_to(PACKAGE).parts[0])
    ]
    assert up == []


def test_the_page_of_the_design_lists_them_in_their_order() -> None:
    page = (CHECKOUT / "docs/design.md").read_text(encoding="utf-8")
    listed = page.partition("kestra_provision/    rooms")[2].partition("\ntests/")[0]
    assert re.findall(r"^  (\w+)/ ", listed, re.MULTILINE) == FLOORS


def test_a_room_says_what_it_is() -> None:
    for room in FLOORS:
        assert ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text()))


def _written() -> Iterator[Path]:
    """The project's own files, found without git: no venv, no hidden folder, nobody's hosts."""
    for root, folders, files in os.walk(CHECKOUT):
        here = Path(root)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and (here / name).relative_to(CHECKOUT).as_posix() not in MADE
            and not (here / name / "pyvenv.cfg").exists()
        ]
        operators = here.is_relative_to(CHECKOUT / "inventory")
        for name in files:
            made = (here / name).relative_to(CHECKOUT).as_posix() in MADE
            ours = not made and (name.startswith("_") or not operators)
            if ours and name.endswith((".py", ".j2", ".sh")):
                yield here / name


def test_no_file_is_too_long() -> None:
    lengths = {file: file.read_text(encoding="utf-8").count("\n") for file in _written()}
    assert {Path(__file__), PACKAGE / "__init__.py"} <= lengths.keys()
    too_long = {str(f.relative_to(CHECKOUT)): n for f, n in lengths.items() if n > LONGEST}
    assert too_long == {}
