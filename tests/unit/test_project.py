"""The project's own files are found, and the wheel carries all that a deploy needs."""

import ast
import tomllib
from pathlib import Path

from kestra_provision import project

ROOT = Path(__file__).resolve().parents[2]
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["force-include"]


def test_a_checkout_uses_its_own_files() -> None:
    for name in WHEEL:
        assert project.path(name) == ROOT / name
        assert project.path(name).exists()


def test_wheel_is_laid_out_as_the_checkout() -> None:
    assert {name: f"kestra_provision/shipped/{name}" for name in WHEEL} == WHEEL


def test_wheel_carries_nothing_of_an_operator() -> None:
    """Both folders hold files of who works in a checkout, and force-include takes ignored ones."""
    assert not {"inventory", "group_data"} & {*WHEEL}


def test_wheel_carries_what_deploy_imports() -> None:
    imported = {
        node.module.partition(".")[0]
        for name in ("deploy.py", "config.py")
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    ours = {name for name in imported if (ROOT / name).is_dir()}
    assert ours - {"kestra_provision"} <= {*WHEEL}
    assert "tasks" in ours


def test_every_runbook_is_in_a_repository_of_ones_own() -> None:
    names = [file.name for file in sorted((ROOT / "runbooks").glob("*.py"))]
    own = sorted((project.SKELETON / "runbooks").glob("*.py"))
    assert [file.name for file in own] == names
    assert all(f'run("runbooks/{file.name}")' in file.read_text() for file in own)
    assert "runbooks" in WHEEL
