"""Links in the folders of flows: within them they are followed, out of them they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kestra_provision.flows import tree
from kestra_provision.sync.item import Item

FLOW = "id: one\nnamespace: a\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for folder in ("flows/a/_files/d", "more/b/_files", "elsewhere/c"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "elsewhere" / "x.yaml").write_text(FLOW)
    (tmp_path / "elsewhere" / "keys").write_text("limit: 1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("flows/a/one.yaml", "elsewhere/x.yaml"),
        ("flows/a/_kv.yaml", "elsewhere/keys"),
        ("flows/a/_files/keys", "elsewhere/keys"),
        ("flows/a/_files/d/keys", "elsewhere/keys"),
        ("more/b/_files/keys", "elsewhere/keys"),
        ("flows/c", "elsewhere/c"),
    ],
)
@pytest.mark.parametrize("relative", [True, False])
def test_out_of_the_folders(repository: Path, place: str, target: str, relative: bool) -> None:
    link = repository / place
    up = Path(*[".."] * len(link.parent.relative_to(repository).parts))
    link.symlink_to(up / target if relative else repository / target)
    (problem,) = tree.of(["flows", "more"], repository).problems
    assert problem.where == str(link)
    assert f"leads out of the folder, to {repository / target}" in problem.what


def test_a_folder_of_files_that_is_elsewhere(repository: Path) -> None:
    (repository / "flows" / "b").mkdir()
    (repository / "flows" / "b" / "_files").symlink_to(repository / "elsewhere")
    (problem,) = tree.of(["flows"], repository).problems
    assert problem.where.endswith("flows/b/_files")


def test_within_them(repository: Path) -> None:
    (repository / "more" / "b" / "_files" / "x").write_text("1")
    (repository / "flows" / "a" / "_files" / "y").symlink_to(repository / "more/b/_files/x")
    (repository / "flows" / "a" / "_files" / "z").symlink_to("y")
    (repository / "flows" / "a" / "one.yaml").write_text(FLOW)
    (repository / "flows" / "a" / "two.txt").symlink_to("one.yaml")
    found = tree.of(["flows", "more"], repository)
    assert found.problems == ()
    assert {*found.files} == {Item("a", "y"), Item("a", "z"), Item("b", "x")}


def test_a_folder_of_flows_may_itself_be_a_link(repository: Path) -> None:
    (repository / "flows" / "a" / "one.yaml").write_text(FLOW)
    (repository / "named").symlink_to("flows")
    found = tree.of(["named"], repository)
    assert (found.problems, len(found.flows)) == ((), 1)


def test_a_loop_is_no_file(repository: Path) -> None:
    loop = repository / "flows" / "a" / "_files" / "loop"
    loop.symlink_to("loop")
    (problem,) = tree.of(["flows"], repository).problems
    assert "a link to nowhere" in problem.what
