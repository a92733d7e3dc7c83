"""What is read off a flow's source."""

from __future__ import annotations

import pytest

from kestra_provision.flows.source import SourceError, is_off, names, switched
from kestra_provision.sync.item import Item

_HEAD = "id: one\nnamespace: a.b\n"


@pytest.mark.parametrize(
    "source",
    [
        _HEAD,
        f"---\n{_HEAD}",
        f"{_HEAD}...\n",
        f"\ufeff{_HEAD}",
        _HEAD.replace("\n", "\r\n"),
        f"# a\ttab\n{_HEAD}description: |\n  one\n  ---\n  two\n",
        f"{_HEAD}date: 2026-01-01\nother: !custom x\nanchor: &a 1\nagain: *a\n",
        f"{_HEAD}one: &a {{x: 1}}\nmerged:\n  <<: *a\n  x: 2\n",
    ],
)
def test_who_it_is(source: str) -> None:
    assert names(source).flow == Item("a.b", "one")


def test_an_id_that_looks_like_another_type_is_text() -> None:
    assert names("id: 2026\nnamespace: yes\n").flow == Item("yes", "2026")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "no mapping"),
        ("- a", "no mapping"),
        ("namespace: a", "no `id:`"),
        ("id: one", "no `namespace:`"),
        ("id: [x]\nnamespace: a", "no `id:`"),
        (f"{_HEAD}---\n{_HEAD}", "two documents"),
        ("id: [unclosed", "no YAML"),
        (f"{_HEAD}tasks:\n\t- x\n", "(line 4)"),
        (f"{_HEAD}x: \x00", "characters"),
        (f"{_HEAD}revision: 4\n", "revision"),
        (f"{_HEAD}itself: &a [*a]\n", "recursive"),
        (f"{_HEAD}a: &a {{}}\nb:\n  <<: *a\n  <<: *a\n", "the key << stands twice (line 6)"),
        (f"{_HEAD}id: two\n", "the key id stands twice (line 3)"),
        (f"{_HEAD}tasks:\n- id: a\n  x: 1\n  x: 2\n", "the key x stands twice (line 6)"),
        (f"{_HEAD}deep: {'[' * 3000}{']' * 3000}", "nested too deeply"),
    ],
)
def test_what_is_no_flow(source: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        names(source)
    assert said in str(caught.value)


def test_what_it_asks_for() -> None:
    found = names(
        f"""{_HEAD}
tasks:
  - id: call
    type: io.kestra.plugin.core.flow.Subflow
    namespace: a.c
    flowId: two
  - id: within
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - id: each
        type: io.kestra.plugin.core.flow.ForEachItem
        namespace: a.b
        flowId: three
      - id: computed
        type: io.kestra.plugin.core.flow.Subflow
        namespace: "{{{{ flow.namespace }}}}"
        flowId: four
      - id: log
        type: io.kestra.plugin.core.log.Log
        message: "{{{{ secret('TOKEN') }}}} {{{{secret( \\"OTHER\\" )}}}} {{{{secret(inputs.x)}}}}"
"""
    )
    assert found.calls == {Item("a.c", "two"), Item("a.b", "three")}
    assert found.secrets == {"TOKEN", "OTHER"}


@pytest.mark.parametrize(
    ("before", "off", "on"),
    [
        (_HEAD, f"{_HEAD}\ndisabled: true", f"{_HEAD}\ndisabled: false\n"),
        (f"{_HEAD}disabled: false\n", f"{_HEAD}disabled: true\n", f"{_HEAD}disabled: false\n"),
        (
            f"disabled: false\n\n{_HEAD}",
            f"disabled: true\n{_HEAD}",
            f"disabled: false\n{_HEAD}",
        ),
    ],
)
def test_the_servers_switch(before: str, off: str, on: str) -> None:
    """As Kestra 1.3.34 was seen to write it."""
    assert not is_off(before)
    assert switched(before, True) == off
    assert is_off(off)
    assert switched(off, False) == on
    assert not is_off(on)
