"""Our entry in `services-manifest.json`: put in, kept current, and nothing else touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.manifest import NAME, ManifestError, entry, merged

ENTRY = {"managed": "docker-compose", "stack": "tools", "ports": {"http": 8080}, "x": [1, 2]}
OURS = {"name": NAME, **ENTRY}

_SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_JSON = st.recursive(
    _SCALAR.filter(lambda value: value not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_SERVICE = st.dictionaries(st.text(), _JSON, max_size=3)
_NAMED = st.builds(
    lambda key, name, rest: {**rest, key: name},
    st.sampled_from(["name", "id"]),
    st.text().filter(lambda name: name != NAME),
    _SERVICE.map(lambda service: {k: v for k, v in service.items() if k not in ("id", "name")}),
)
_LISTED = st.lists(_NAMED, max_size=3)
_MAPPED = st.dictionaries(st.text().filter(lambda name: name != NAME), _JSON, max_size=3)
_FILE = st.builds(
    lambda rest, services: {**rest, "services": services},
    st.dictionaries(st.text(), _JSON, max_size=3),
    _LISTED | _MAPPED,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A manifest as some tool or hand may have written it."""
    text = json.dumps(
        draw(_FILE),
        indent=draw(st.sampled_from([None, 0, 1, 2, 4, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,  ", " : ")])),
        ensure_ascii=draw(st.booleans()),
    )
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    before = draw(st.sampled_from(["", "\ufeff", "\n", "\ufeff \t"]))
    return before + text + draw(st.sampled_from(["", "\n", "\r\n", "\n\n "]))


def parsed(text: str) -> Any:
    return json.loads(text.removeprefix("\ufeff"))


@given(texts())
def test_only_our_entry_is_added(text: str) -> None:
    done = merged(text, ENTRY)
    before, after = parsed(text), parsed(done)
    services = after["services"]
    if isinstance(services, list):
        ours = services.pop()
        assert {**ours, "name": NAME} == {**OURS, **({"id": NAME} if "id" in ours else {})}
        assert NAME in (ours.get("name"), ours.get("id"))
    else:
        assert services.pop(NAME) == ENTRY
    assert after == before


@given(texts())
def test_every_other_byte_stays(text: str) -> None:
    """The old text is the new one with one piece cut out; blanks of an empty list are ours."""
    assume(parsed(text)["services"])
    done = merged(text, ENTRY)
    same = next((i for i, (a, b) in enumerate(zip(text, done, strict=False)) if a != b), len(text))
    assert done.endswith(text[same:])
    assert text == done[:same] + done[len(done) - (len(text) - same) :]


@given(texts())
def test_the_second_time_changes_nothing(text: str) -> None:
    done = merged(text, ENTRY)
    assert merged(done, ENTRY) == done


@given(texts(), _JSON, st.sampled_from(sorted(ENTRY)))
def test_a_changed_value_is_put_back_to_the_byte(text: str, value: Any, key: str) -> None:
    """Also with a key of the operator's own in our entry."""
    done = merged(text, {**ENTRY, "owner": "operator"})
    changed = merged(done, {key: value})
    back = merged(changed, {key: ENTRY[key]})
    assert parsed(back) == parsed(done)
    assert merged(done, ENTRY) == done


@given(texts())
def test_line_ends_and_byte_order_mark_are_kept(text: str) -> None:
    done = merged(text, ENTRY)
    assert done.startswith("\ufeff") == text.startswith("\ufeff")
    if "\r\n" in text.strip():
        assert "\n" not in done.strip().replace("\r\n", "")
    else:
        assert "\r" not in done.strip()


def test_it_reads_as_its_neighbours() -> None:
    text = '{\n    "services": [\n        {\n            "name": "a"\n        }\n    ]\n}\n'
    assert merged(text, {"stack": "tools"}) == text.replace(
        "}\n    ]",
        f'}},\n        {{\n            "name": "{NAME}",\n            '
        '"stack": "tools"\n        }\n    ]',
    )


def test_a_new_file_is_made_whole() -> None:
    done = merged(None, ENTRY)
    assert done == json.dumps({"services": [OURS]}, indent=2) + "\n"
    assert merged(done, ENTRY) == done


@pytest.mark.parametrize("text", ["{}", '{"version": 1}', '{\n  "version": 1\n}\n', "{\n}\n"])
def test_a_file_without_services_gets_them(text: str) -> None:
    assert parsed(merged(text, ENTRY)) == {**json.loads(text), "services": [OURS]}


@pytest.mark.parametrize(
    ("services", "named"),
    [
        ([{"id": "a"}], {"id": NAME}),
        ([{"id": "a", "name": "A"}], {"id": NAME, "name": NAME}),
        ([], {"name": NAME}),
    ],
    ids=str,
)
def test_it_is_named_as_the_others_are(services: Any, named: dict[str, str]) -> None:
    done = merged(json.dumps({"services": services}), ENTRY)
    assert parsed(done)["services"][-1] == {**named, **ENTRY}


def test_an_entry_with_another_title_is_found_by_its_id() -> None:
    text = json.dumps({"services": [{"id": NAME, "name": "Kestra", "note": "mine"}]})
    assert parsed(merged(text, ENTRY)) == {
        "services": [{"id": NAME, "name": "Kestra", "note": "mine", **ENTRY}]
    }


def test_true_is_not_one() -> None:
    text = json.dumps({"services": {NAME: {"x": True}}})
    assert parsed(merged(text, {"x": 1}))["services"][NAME]["x"] == 1
    assert "true" not in merged(text, {"x": 1})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no valid JSON"),
        ("{", "is no valid JSON"),
        ('{"services": [}', "line 1, column 15"),
        ('{"a": 1,\n "services": []} x', "more text after its end (line 2, column 17)"),
        ('{"a": NaN}', "NaN is no JSON"),
        ("[" * 100_000, "is no valid JSON"),
        ("// ours\n{}", "is no valid JSON"),
        ("[]", "is no JSON object"),
        ('{"services": 1}', "neither a list nor an object"),
        ('{"services": null}', "neither a list nor an object"),
        ('{"services": ["a"]}', "service number 1 of"),
        ('{"services": [{"name": "a"}, {"title": "b"}]}', "service number 2 of"),
        ('{"services": [], "services": []}', '"services" 2 times'),
        (f'{{"services": {{"{NAME}": 1}}}}', "is no object"),
        (f'{{"services": {{"{NAME}": {{}}, "{NAME}": {{}}}}}}', "2 times"),
        (f'{{"services": [{{"id": "{NAME}"}}, {{"name": "{NAME}"}}]}}', "2 times"),
        (f'{{"services": {{"{NAME}": {{"stack": 1, "stack": 2}}}}}}', "2 times"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(ManifestError) as refused:
        merged(text, ENTRY)
    assert why in str(refused.value)


def test_entry_says_where_kestra_is() -> None:
    settings = Tools(http_port=8180, management_port=8685, root_dir="/srv/kestra")
    said = entry(settings, stack_of(settings))
    assert said["managed"] == "docker-compose"
    assert said["stack"] == "tools"
    assert said["ports"] == {"http": 8180, "management": 8685}
    assert said["healthUrl"] == "http://127.0.0.1:8685/health"
    assert all(line.startswith("/srv/kestra/") for line in said["scripts"].values())
