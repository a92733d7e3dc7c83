"""The project's own files are found, and the wheel carries all that a deploy needs."""

import ast
import tomllib
import typing
from pathlib import Path

import pytest

from kestra_provision import project
from kestra_provision.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["force-include"]
PROFILES = typing.get_args(Settings.model_fields["profile"].annotation)


def test_a_checkout_uses_its_own_files() -> None:
    for name in WHEEL:
        assert project.path(name) == ROOT / name
        assert project.path(name).exists()


def test_wheel_is_laid_out_as_the_checkout() -> None:
    assert {name: f"kestra_provision/shipped/{name}" for name in WHEEL} == WHEEL


@pytest.mark.parametrize("profile", PROFILES)
def test_wheel_carries_every_profile(profile: str) -> None:
    assert f"group_data/{profile}.py" in WHEEL


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


def test_defaults_of_a_profile_are_settings() -> None:
    for profile in PROFILES:
        assert {*project.profile_defaults(profile)} <= {*Settings.model_fields}
    assert project.profile_defaults("tools")["project_name"] == "tools-kestra"


def test_unknown_profile_has_no_defaults() -> None:
    assert project.profile_defaults("nobody") == {}
