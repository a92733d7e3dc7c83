"""The flows of the operator's folders, and what is refused in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kestra_provision.flows import tree
from kestra_provision.sync.item import Item


def flow(name: str, namespace: str) -> str:
    return f"id: {name}\nnamespace: {namespace}\n"


def put(folder: Path, place: str, content: str | bytes) -> Path:
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_every_yaml_below_a_namespace(tmp_path: Path) -> None:
    put(tmp_path, "flows/a.b/one.yaml", flow("one", "a.b"))
    put(tmp_path, "flows/a.b/other-name.yml", flow("two", "a.b"))
    put(tmp_path, "more/c/one.yaml", flow("one", "c"))
    for ignored in ("flows/a.b/_files/x.yaml", "flows/a.b/.x.yaml", "flows/README.md"):
        put(tmp_path, ignored, "")
    found = tree.of(["flows", "more"], tmp_path)
    assert found.problems == ()
    assert {each.id for each in found.flows} == {
        Item("a.b", "one"),
        Item("a.b", "two"),
        Item("c", "one"),
    }


def test_no_folder_has_no_flows(tmp_path: Path) -> None:
    assert tree.of(["flows"], tmp_path) == tree.Tree()


@pytest.mark.parametrize(
    ("place", "content", "said"),
    [
        ("a/x.yaml", flow("x", "b"), "its namespace is b, its folder a"),
        ("A/x.yaml", flow("x", "A"), "no such namespace: A"),
        ("a/x.yaml", flow("x y", "a"), "no such id: x y"),
        ("a/x.yaml", flow("x" * 101, "a"), "no such id"),
        ("a/x.yaml", b"\xff\xfe", "no UTF-8"),
        ("a/x.yaml", "id: [", "no YAML"),
        ("a/x.yaml", flow("x", "a") + "#" * tree.MOST, "more than 3 Mi characters"),
        ("x.yaml", flow("x", "a"), "in no namespace's folder"),
        ("a/deeper/x.yml", flow("x", "a"), "in no namespace's folder"),
        ("a/_kv.yaml", "a: [", "it cannot be read"),
        ("a/_kv.yaml", "API_TOKEN: x", "that is what a secret is called"),
        ("a/_kv.yaml", "empty:", "it has no value"),
        ("a/_kv.yaml", "- x", "no mapping"),
        ("a/_kv.yaml", "time: 2026-01-01T10:00:00", "without its zone"),
        ("a/_kv.yaml", "day: 2026-02-30", "day is out of range"),
        ("a/_kv.yaml", "limit: 1\nlimit: 2\n", "the key limit stands twice (line 2)"),
        ("a/_kv.yaml", "a: {x: 1, x: 2}", "the key x stands twice"),
        ("a/_kv.yaml", "a: .nan", "a number without end"),
        ("a/_kv.yaml", "a: [-.inf]", "a number without end"),
        ("a/_kv.yaml", "a: &x [1, *x]", "it holds itself"),
        ("a/_kv.yaml", "a: &x {y: *x}", "it holds itself"),
        ("a/_kv.yaml", "a: !!binary aGVsbG8=", "a type of YAML that Kestra has none for"),
        ("a/_kv.yaml", "a: !!set {x, y}", "a type of YAML that Kestra has none for"),
        ("a/_kv.yaml", "a: [!!set {x}]", "JSON has no type for"),
        ("a/_kv.yaml", "a: {2026-01-01: x}", "JSON has no type for"),
        ("a/_kv.yaml", 'a: "\\ud83d"', "half a character"),
        ("a/_kv.yaml", 'a: {"\\ud83d": 1}', "half a character"),
        ("a/_kv.yaml", "a: {API_TOKEN: x}", "API_TOKEN in it is what a secret is called"),
        ("a/_kv.yaml", "a: {? [x] : 1}", "unhashable key"),
        ("a/_kv.yaml", "day: 0001-01-01", "a year before 1000"),
        ("a/_kv.yaml", "deep: " + "[" * 5000, "nested too deeply"),
        ("a/_kv.yml", "colour: blue", "keys stand in _kv.yaml"),
        ("A/_kv.yaml", "colour: blue", "no such namespace: A"),
        ("a#b/_kv.yaml", "colour: blue", "no such namespace: a#b"),
        ("my folder/_files/x", "", "no such namespace: my folder"),
        ("a/_files", "no folder", "it is no folder"),
        ("a/x.YAML", "id: [", "no YAML"),
        ("a/x\ny.yaml", flow("x", "a"), "cannot be printed"),
        ("a/_files/back\\slash", "", "make a folder"),
        ("a/_files/two words", "", "blank"),
        ("a/_files/_flows/x", "", "takes what lies in _flows/"),
    ],
)
def test_refused_by_file_with_the_way_out(
    tmp_path: Path, place: str, content: str | bytes, said: str
) -> None:
    file = put(tmp_path / "flows", place, content)
    (problem,) = tree.of(["flows"], tmp_path).problems
    assert said in problem.what
    assert problem.where in (str(file), str(tmp_path / "flows" / place.split("/")[0]))
    assert problem.fix


def test_a_folder_that_is_named_and_not_there(tmp_path: Path) -> None:
    put(tmp_path, "flows/a/one.yaml", flow("one", "a"))
    found = tree.of(["flows", "flows-prod"], tmp_path)
    assert [problem.where for problem in found.problems] == [str(tmp_path / "flows-prod")]
    assert [each.id for each in found.flows] == [Item("a", "one")]


def test_two_flows_that_the_server_exports_by_one_name(tmp_path: Path) -> None:
    put(tmp_path, "flows/a.b/c-d.yaml", flow("c-d", "a.b"))
    second = put(tmp_path, "flows/a.b-c/d.yaml", flow("d", "a.b-c"))
    put(tmp_path, "flows/a.b/other.yaml", flow("other", "a.b"))
    (problem,) = tree.of(["flows"], tmp_path).problems
    assert problem.where == str(second)
    assert "a.b-c-d" in problem.what


def test_a_link_to_nowhere_is_no_missing_flow(tmp_path: Path) -> None:
    for name in ("x.yaml", "_files", "_kv.yaml"):
        (tmp_path / "flows" / "a").mkdir(parents=True, exist_ok=True)
        (tmp_path / "flows" / "a" / name).symlink_to(tmp_path / "nowhere")
    assert len(tree.of(["flows"], tmp_path).problems) == 3


def test_a_yaml_error_of_keys_shows_no_value(tmp_path: Path) -> None:
    put(tmp_path, "flows/a/_kv.yaml", "colour: blue\nprivate-word: [\n")
    (problem,) = tree.of(["flows"], tmp_path).problems
    assert "line" in problem.what
    assert "private-word" not in problem.what


def test_two_files_with_one_id(tmp_path: Path) -> None:
    first = put(tmp_path / "flows", "a/one.yaml", flow("one", "a"))
    second = put(tmp_path / "more", "a/again.yaml", flow("one", "a"))
    (problem,) = tree.of(["flows", "more"], tmp_path).problems
    assert problem.where == str(second)
    assert str(first) in problem.what
