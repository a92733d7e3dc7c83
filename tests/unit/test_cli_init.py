"""`kestra-provision init`: a repository of the operator's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_inventory, ctx_state
from pyinfra_cli.util import exec_file

from kestra_provision.cli import main

ROOT = Path(__file__).resolve().parents[2]


def init(directory: Path) -> Result:
    return CliRunner().invoke(main, ["init", str(directory)])


def files(directory: Path) -> list[str]:
    found = (path for path in directory.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(directory)) for path in found)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    directory = tmp_path / "new" / "own"
    done = init(directory)
    assert done.exit_code == 0, done.output
    return directory


def test_makes_what_an_operator_needs_and_no_more(own: Path) -> None:
    assert files(own) == [
        ".env.example",
        ".gitignore",
        "config.py",
        "deploy.py",
        "flows/.gitkeep",
        "group_data/all.py",
        "inventory/_devorch.py",
        "inventory/_quick.py",
        "inventory/_server.py",
        "runbooks/flows.py",
        "runbooks/restart.py",
        "runbooks/smoke.py",
        "runbooks/start.py",
        "runbooks/stop.py",
    ]


def test_with_the_flows_that_come_with_it(tmp_path: Path) -> None:
    directory = tmp_path / "own"
    done = CliRunner().invoke(main, ["init", str(directory), "--examples"])
    assert done.exit_code == 0, done.output
    found = {name for name in files(directory) if name.startswith("examples/")}
    assert found == {f"examples/{name}" for name in files(ROOT / "examples")}
    assert "examples/alerts/slack/system/alert-slack.yaml" in found


def test_examples_are_the_projects(own: Path) -> None:
    for name in (
        ".env.example",
        "inventory/_server.py",
        "inventory/_quick.py",
        "inventory/_devorch.py",
    ):
        assert (own / name).read_text() == (ROOT / name).read_text()


def test_group_data_sets_nothing(own: Path) -> None:
    with ctx_state.use(State()), ctx_inventory.use(Inventory.empty()):
        names = exec_file(str(own / "group_data" / "all.py"), return_locals=True)
    assert [name for name in names if not name.startswith("__")] == []


def test_nothing_of_the_job_is_copied(own: Path) -> None:
    for name in ("config.py", "deploy.py"):
        text = (own / name).read_text()
        assert f'run("{name}")' in text
        assert len(text.splitlines()) < 10


def test_secrets_and_leftovers_stay_out_of_git(own: Path) -> None:
    (own / "__pycache__").mkdir()
    for name in (".env", "pyinfra-debug.log", "__pycache__/x.pyc"):
        (own / name).write_text("")
    subprocess.run(["git", "init", "--quiet", own], check=True)
    listed = subprocess.run(
        ["git", "-C", own, "ls-files", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ".env.example" in listed.stdout
    assert not {".env", "pyinfra-debug.log", "__pycache__/x.pyc"} & {*listed.stdout.splitlines()}


def test_says_what_comes_next(tmp_path: Path) -> None:
    output = init(tmp_path / "own").output
    for line in (f"cd {tmp_path}/own", "cp inventory/_server.py", "pyinfra inventory deploy.py"):
        assert line in output


@pytest.mark.parametrize("name", ["deploy.py", "notes.txt"])
def test_refuses_a_folder_with_something_in_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    done = init(tmp_path)
    assert done.exit_code == 1
    assert f"It holds: {name}." in done.output
    assert files(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("mine")
    assert init(tmp_path / "own").exit_code == 1
    assert (tmp_path / "own").read_text() == "mine"


def test_takes_an_empty_git_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert init(tmp_path).exit_code == 0


def test_the_literal_command_says_how_to_name_a_host(own: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("pyinfra"), "inventory", "deploy.py"],
        cwd=own,
        env={key: value for key, value in os.environ.items() if not key.startswith("KESTRA_")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "cp inventory/_server.py inventory/server.py" in done.stderr
