"""Which secrets the sources of a repository ask for, and in which line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kestra_provision.flows import tree
from kestra_provision.flows.secrets import asked, line_of
from kestra_provision.flows.source import names

HEAD = "id: x\nnamespace: a.b\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ secret('TOKEN') }}", {"TOKEN"}),
        ('{{secret("TOKEN")}}', {"TOKEN"}),
        ("{{ secret ( 'TOKEN' ) }}", {"TOKEN"}),
        ("{{ secret('token') }}", {"TOKEN"}),
        ("{{ secret('TOKEN', subkey='user') }}", {"TOKEN"}),
        ("{{ secret('TOKEN', 'other.namespace') }}", {"TOKEN"}),
        ("{{ secret(key='TOKEN') }}", {"TOKEN"}),
        ("{{ secret(namespace='a.b', key = 'TOKEN') }}", {"TOKEN"}),
        ("{{ secret(subkey='user', key=\"TOKEN\") }}", {"TOKEN"}),
        ("a{{ secret('A') ~ secret('B') }}b{{ secret('C') | base64encode }}", {"A", "B", "C"}),
        ("{% if inputs.x %}{{ secret('A') }}{% else %}{{ secret('B') }}{% endif %}", {"A", "B"}),
        ("{% set t = secret('A') %}", {"A"}),
        ("{{ secret(\n  'TOKEN'\n) }}", {"TOKEN"}),
        ("{{ secret(inputs.name) }}", set()),
        ("{{ secret('A' ~ inputs.name) }}", set()),
        ("{# {{ secret('TOKEN') }} #}", set()),
        ("write secret('TOKEN') into it", set()),
        ("{{ mysecret('TOKEN') }}", set()),
        ("{{ secrets('TOKEN') }}", set()),
        ("{{ inputs.secret }}", set()),
        ("", set()),
    ],
)
def test_names(text: str, wanted: set[str]) -> None:
    assert asked(text) == wanted


def test_those_of_a_flow_without_its_comments() -> None:
    source = HEAD + (
        "# {{ secret('NONE') }}\n"
        "tasks:\n"
        '  - {id: a, message: "{{ secret(\\"IN_DOUBLE\\") }}"}  # {{ secret(\'NEITHER\') }}\n'
        "  - {id: b, message: '{{ secret(''IN_SINGLE'') }}'}\n"
        "  - id: c\n"
        "    script: |\n"
        "      # a comment of the shell: {{ secret('IN_BLOCK') }}\n"
        "    env: {\"{{ secret('IN_KEY') }}\": x}\n"
    )
    assert names(source).secrets == {"IN_DOUBLE", "IN_SINGLE", "IN_BLOCK", "IN_KEY"}
    lines = {"IN_DOUBLE": 5, "IN_SINGLE": 6, "IN_BLOCK": 9, "IN_KEY": 10}
    assert {name: line_of(source, name) for name in lines} == lines


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("# {{ secret('A') }}\nx: \"{{ secret('A') }}\"\n", 2),
        ("x: \"{{ secret(\n  'A') }}\"\n", 1),
        ("a: 1\nb: \"{{ secret('AB') }}\"\nc: \"{{ secret('a') }}\"\n", 3),
        ("a: 1\nb: \"{{ secret(namespace='x', key='A') }}\"\n", 2),
    ],
)
def test_the_line_is_that_of_the_call(source: str, line: int) -> None:
    assert line_of(source, "A") == line


def test_files_of_a_namespace_count_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "flows" / "a.b"
    (folder / "_files").mkdir(parents=True)
    (folder / "one.yaml").write_text(HEAD + "x: \"{{ secret('A') }}\"\n")
    (folder / "_files" / "query.sql").write_text("-- x\nselect '{{ secret('B') }}'\n")
    (folder / "_files" / "picture.png").write_bytes(b"\xff{{ secret('C') }}")
    (folder / "_files" / "plain.py").write_text("secret('D')\n")
    found = tree.of(["flows"], tmp_path)
    assert {name: [str(use) for use in uses] for name, uses in found.secrets.items()} == {
        "A": [f"{folder}/one.yaml:3"],
        "B": [f"{folder}/_files/query.sql:2"],
    }
