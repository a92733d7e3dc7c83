"""What the server has, written into the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from kestra_provision.flows import pull, tree
from kestra_provision.flows.pull import PullError, with_key
from kestra_provision.sync.item import Item

ONE = "id: one\nnamespace: a\n"


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    first, second = tmp_path / "flows", tmp_path / "more"
    (first / "a" / "_files").mkdir(parents=True)
    (second / "b").mkdir(parents=True)
    (first / "a" / "named otherwise.yml").write_text(ONE)
    (first / "a" / "_files" / "x").write_bytes(b"1")
    return [first, second]


def test_what_is_here_keeps_its_file(folders: list[Path]) -> None:
    here = tree.read(folders)
    source = b"\xef\xbb\xbfid: one\r\nnamespace: a\r\n"
    written = pull.flow(here, folders, Item("a", "one"), source)
    assert written == folders[0] / "a" / "named otherwise.yml"
    assert written.read_bytes() == source
    assert pull.file(here, folders, Item("a", "x"), b"2").read_bytes() == b"2"


def test_what_is_new_goes_where_its_namespace_is(folders: list[Path]) -> None:
    here = tree.read(folders)
    assert pull.flow(here, folders, Item("b", "two"), b"x") == folders[1] / "b" / "two.yaml"
    assert pull.flow(here, folders, Item("c", "two"), b"x") == folders[0] / "c" / "two.yaml"
    written = pull.file(here, folders, Item("b", "d/e"), b"x")
    assert written == folders[1] / "b" / "_files" / "d" / "e"
    assert pull.key(here, folders, Item("b", "k"), b"k: 1\n").read_text() == "k: 1\n"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (Item("../a", "x"), "no name that a file here could have"),
        (Item("a", "../../x"), "no name that a file here could have"),
        (Item("a", "d/../x"), "no name that a file here could have"),
        (Item("a", "/etc/x"), "no name that a file here could have"),
    ],
)
def test_no_name_leads_out_of_the_repository(folders: list[Path], item: Item, said: str) -> None:
    for place in (pull.file, pull.flow):
        with pytest.raises(PullError, match=said):
            place(tree.read(folders), folders, item, b"")


def test_a_link_does_not_lead_out_either(folders: list[Path], tmp_path: Path) -> None:
    (folders[0] / "a" / "_files" / "out").symlink_to(tmp_path)
    with pytest.raises(PullError, match="outside"):
        pull.file(tree.Tree(), folders, Item("a", "out/x"), b"")


def test_another_flows_file_is_not_overwritten(folders: list[Path]) -> None:
    (folders[0] / "a" / "two.yaml").write_text("id: three\nnamespace: a\n")
    with pytest.raises(PullError, match="another flow's"):
        pull.flow(tree.read(folders), folders, Item("a", "two"), b"x")


@pytest.mark.parametrize(
    ("text", "line", "after"),
    [
        ("", "k: 1\n", "k: 1\n"),
        ("# mine\na: 1", "k: 1\n", "# mine\na: 1\nk: 1\n"),
        ("a: 1\nk: 0 # old\nb: 2\n", "k: 1\n", "a: 1\nk: 1 # old\nb: 2\n"),
        ("k:\n  - 1\n  - 2\nb: 2\n", "k:\n- 3\n", "k:\n- 3\nb: 2\n"),
        ("k: |\n  text\nb: 2\n", "k: 1\n", "k: 1\nb: 2\n"),
    ],
)
def test_one_key_is_replaced_and_all_else_kept(text: str, line: str, after: str) -> None:
    assert with_key(text, "k", line) == after


def test_a_file_that_cannot_be_edited_so_is_left(folders: list[Path]) -> None:
    keys = folders[0] / "a" / "_kv.yaml"
    keys.write_text("{k: 1, b: 2}\n")
    with pytest.raises(PullError, match="only a person"):
        pull.key(tree.read(folders), folders, Item("a", "new"), b"new:\n- 1\n- 2\n")
    assert keys.read_text() == "{k: 1, b: 2}\n"
