"""A folder as inventory: one group of hosts a file."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyinfra_cli.inventory
import pytest
from pyinfra.api.state import State
from pyinfra.context import ctx_state
from pyinfra_cli.exceptions import CliError
from pyinfra_cli.inventory import make_inventory

from kestra_provision.run.folders import execute_file, read_groups
from kestra_provision.run.patches import READING, install

#: pyinfra's own, also where another test has replaced them.
READ = inspect.unwrap(pyinfra_cli.inventory._get_groups_from_filename)
EXECUTE = inspect.unwrap(pyinfra_cli.inventory.exec_file)


@pytest.fixture(autouse=True)
def _state() -> Iterator[None]:
    """pyinfra notes in it which file it executes."""
    with ctx_state.use(State()):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inventory"
    made.mkdir()
    return made


def names(group: Any) -> list[str]:
    hosts = group[0] if isinstance(group, tuple) else group
    return [host[0] if isinstance(host, tuple) else host for host in hosts]


def data(group: Any) -> dict[str, Any]:
    return group[1] if isinstance(group, tuple) else {}


def test_folder_makes_a_group_of_each_file(folder: Path) -> None:
    (folder / "east.py").write_text("hosts = ['a', ('b', {'x_n': 1})]\n")
    (folder / "west.py").write_text("hosts = ['c']\n")
    groups = read_groups(READ, str(folder))
    assert {name: names(group) for name, group in groups.items()} == {
        "hosts": ["a", "b", "c"],
        "east": ["a", "b"],
        "west": ["c"],
    }


def test_trailing_slash_reads_the_same(folder: Path) -> None:
    (folder / "east.py").write_text("hosts = ['a']\n")
    assert read_groups(READ, f"{folder}/") == read_groups(READ, str(folder))


def test_single_file_is_read_as_pyinfra_does(folder: Path) -> None:
    file = folder / "_example.py"
    file.write_text("web = ['a']\ndb = (['b'], {'x_n': 1})\n_private = ['c']\n")
    assert read_groups(READ, str(file)) == {"web": ["a"], "db": (["b"], {"x_n": 1})}


def test_examples_and_other_files_are_skipped(folder: Path) -> None:
    (folder / "_server.py").write_text("hosts = ['example.com']\n")
    (folder / "notes.txt").write_text("hosts = ['b']\n")
    (folder / "east.py").write_text("hosts = ['a']\n")
    groups = read_groups(READ, str(folder))
    assert sorted(groups) == ["east", "hosts"]
    assert names(groups["hosts"]) == ["a"]


def test_data_of_the_later_file_wins(folder: Path) -> None:
    (folder / "a.py").write_text("hosts = (['one'], {'x_first': 1, 'x_both': 'a'})\n")
    (folder / "b.py").write_text("hosts = (['two'], {'x_both': 'b'})\n")
    hosts = read_groups(READ, str(folder))["hosts"]
    assert names(hosts) == ["one", "two"]
    assert data(hosts) == {"x_first": 1, "x_both": "b"}


def test_a_group_named_as_its_file_is_not_made_twice(folder: Path) -> None:
    (folder / "east.py").write_text("east = (['a'], {'x_n': 1})\n")
    groups = read_groups(READ, str(folder))
    assert list(groups) == ["east"]
    assert names(groups["east"]) == ["a"]
    assert data(groups["east"]) == {"x_n": 1}


def test_host_in_two_files_is_one_host(folder: Path) -> None:
    (folder / "a.py").write_text("hosts = [('one', {'x_n': 1})]\n")
    (folder / "b.py").write_text("hosts = ['one', 'two']\n")
    assert names(read_groups(READ, str(folder))["hosts"]) == ["one", "two"]


def test_host_in_two_groups_of_a_file_is_one_host_of_its_group(folder: Path) -> None:
    (folder / "east.py").write_text("web = ['a', 'b']\ndb = ['b']\n")
    assert names(read_groups(READ, str(folder))["east"]) == ["a", "b"]


def test_hosts_keep_the_order_in_which_they_were_first_named(folder: Path) -> None:
    (folder / "east.py").write_text("web = ['a', 'b', 'c']\ndb = ['a']\n")
    assert names(read_groups(READ, str(folder))["east"]) == ["a", "b", "c"]


@pytest.mark.parametrize("content", [None, "hosts = []\n", "x = 1\n"])
def test_folder_without_a_host_says_how_to_make_one(folder: Path, content: str | None) -> None:
    if content is not None:
        (folder / "server.py").write_text(content)
    (folder / "_server.py").write_text("hosts = ['example.com']\n")
    with pytest.raises(CliError) as error:
        read_groups(READ, str(folder))
    assert str(error.value) == (
        f"no host in {folder}/: copy an example and name your server in it, "
        f"such as: cp {folder}/_server.py {folder}/server.py"
    )


@pytest.mark.parametrize("slash", ["", "/"])
def test_pyinfra_takes_the_folder(
    folder: Path, slash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = pyinfra_cli.inventory._get_groups_from_filename
    monkeypatch.setattr(pyinfra_cli.inventory, "_get_groups_from_filename", original)
    (folder / "east.py").write_text("hosts = [('a', {'x_n': 1})]\nmore = ['a', 'b']\n")
    (folder / "_skip.py").write_text("hosts = ['c']\n")
    install(READING)
    inventory = make_inventory(f"{folder}{slash}", cwd=str(folder.parent))
    assert [host.name for host in inventory] == ["a", "b"]
    assert inventory.get_host("a").data.x_n == 1
    assert [host.name for host in inventory.get_group("east")] == ["a", "b"]


def test_the_shipped_example_is_one_that_is_skipped() -> None:
    shipped = Path(__file__).resolve().parents[2] / "inventory"
    examples = [file.name for file in shipped.glob("*.py") if file.name.startswith("_")]
    assert "_server.py" in examples


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("\nhosts = [\n", "line 2: '[' was never closed"),
        ("import os\n\nhosts = [nothing]\n", "line 3: NameError: name 'nothing' is not defined"),
        ("import json\nhosts = json.loads('[')\n", "line 2: JSONDecodeError: "),
        ("hosts = ['\\0']\0\n", ": SyntaxError: source code string cannot contain null"),
    ],
)
def test_mistake_is_named_with_its_place(folder: Path, content: str, said: str) -> None:
    file = folder / "east.py"
    file.write_text(content)
    with pytest.raises(CliError) as error:
        execute_file(EXECUTE, str(file))
    assert error.value.message.startswith(str(file))
    assert said in error.value.message


def test_mistake_in_group_data_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_get_groups_from_filename", "exec_file"):
        monkeypatch.setattr(pyinfra_cli.inventory, name, getattr(pyinfra_cli.inventory, name))
    install(READING)
    (folder / "east.py").write_text("hosts = ['a']\n")
    (folder.parent / "group_data").mkdir()
    (folder.parent / "group_data" / "east.py").write_text("http_port = \n")
    with pytest.raises(CliError, match=r"group_data/east.py, line 1: "):
        make_inventory(str(folder), cwd=str(folder.parent))
