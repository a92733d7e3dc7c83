"""The line of a source that the server's words are about."""

from __future__ import annotations

import pytest

from kestra_provision.flows.place import line_of

SOURCE = """\
id: one
namespace: a
inputs:
  - {id: who, type: STRINGS}
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    messag: hi
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1]
    tasks:
      - id: inside
        type: io.kestra.plugin.core.log.Nope
      - id: say
        type: io.kestra.plugin.core.log.Log
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: never
"""


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("Validation error: Invalid type: io.kestra.plugin.core.log.Nope", 14),
        ("Validation error: tasks[0].messag: is not known", 8),
        ("tasks[1].tasks[0].type: unknown", 14),
        ("tasks[1].values.more: too deep", 11),
        ("tasks[0].message: must not be null", 6),
        ("Validation error: triggers[0].cron: invalid cron expression ([never])", 20),
        ("tasks.each: it is wrong", 9),
        ("Validation error: say.messag: must not be null\\nwho.type: no", 8),
        ("Validation error: inside.inside.type: must not be null\\n", 14),
        ("Validation error: each.valves: must not be null\\n", 9),
        ("Validation error: Duplicate task id with name [say, each]\\n", 15),
        ("Illegal Flow source: YAML syntax error: Unexpected mapping start. (at line 7)", 7),
        ("Illegal Flow source: YAML parsing error: Cannot deserialize (at line -1)", None),
        ("Validation error: inputs: must be a list", 3),
        ("flow.id: Flow id already exists", 1),
        ('Unrecognized field "messag" (class io.kestra.plugin.core.log.Log), not marked', 8),
        ("Duplicate Task ID with name [say]", 15),
        (
            "No such field (through reference chain: io.kestra.core.models.flows.FlowWithSource"
            '["tasks"]->java.util.ArrayList[1]->io.kestra.plugin.core.flow.ForEach["values"])',
            11,
        ),
        ("Illegal Flow source: YAML parsing error: in 'reader', line 2, column 5:\n x\n line 9", 2),
        ("in 'reader', line 2, column 5:\n x\n in 'reader', line 3, column 1 (at line 3)", 3),
        ("tasks[0].messag: no such function at line 1 of the template", 8),
        ("at [Source: (StringReader); line: 4, column: 14]", 4),
        ("while parsing, line 4000, column 1", None),
        ("it is wrong: somewhere", None),
        ("must not be null", None),
        ("", None),
    ],
)
def test_line(words: str, line: int | None) -> None:
    assert line_of(SOURCE, words) == line


def test_a_source_that_repeats_itself() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    assert line_of("\n".join([*lines, "z: last"]), "no 'last' there") == 61


def test_what_cannot_be_parsed_has_no_line() -> None:
    assert line_of("a: [", "tasks[0].type: unknown") is None
