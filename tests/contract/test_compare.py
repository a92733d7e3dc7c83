"""The comparison can fail: every kind of difference is seen."""

import dataclasses
import json

import pytest

from tests.contract.recording import Call, load
from tests.contract.replay import Actual, compare, whole_prefix

CALLS = load("kestra-0.20").calls


def _as_recorded(call: Call) -> Actual:
    body = call.body
    if call.error:
        return Actual(error=call.error)
    if call.content_type == "application/json" and body != "pong":
        body = json.dumps(whole_prefix(body)[0])
    return Actual(call.status, call.content_type, call.www_authenticate, call.location, body)


def _named(what: str) -> Call:
    return next(call for call in CALLS if call.what == what)


@pytest.mark.parametrize("call", CALLS + load("kestra-1.3").calls, ids=lambda call: call.name)
def test_the_recorded_answer_fits_itself(call: Call) -> None:
    assert compare(call, _as_recorded(call)) == []


def test_a_changed_status_is_a_difference() -> None:
    actual = dataclasses.replace(_as_recorded(_named("create")), status=201)
    assert compare(_named("create"), actual) == ["status: 201 instead of 200"]


def test_a_changed_content_type_is_a_difference() -> None:
    actual = dataclasses.replace(_as_recorded(_named("kv get")), content_type="text/plain")
    assert compare(_named("kv get"), actual) == [
        "content type: text/plain instead of application/json"
    ]


def test_a_charset_is_no_difference() -> None:
    actual = dataclasses.replace(
        _as_recorded(_named("kv get")), content_type="application/json;charset=utf-8"
    )
    assert compare(_named("kv get"), actual) == []


def test_a_missing_challenge_is_a_difference() -> None:
    call = next(call for call in CALLS if call.status == 401)
    actual = dataclasses.replace(_as_recorded(call), www_authenticate=None)
    assert compare(call, actual) == ["www_authenticate: missing"]


def test_a_missing_location_is_a_difference() -> None:
    call = next(call for call in CALLS if call.status == 307)
    actual = dataclasses.replace(_as_recorded(call), location=None)
    assert compare(call, actual) == ["location: missing"]


def test_a_missing_key_deep_inside_is_a_difference() -> None:
    call = _named("execution at its end")
    body = json.loads(call.body)
    del body["taskRunList"][0]["state"]["endDate"]
    actual = dataclasses.replace(_as_recorded(call), body=json.dumps(body))
    assert compare(call, actual) == ["taskRunList[].state.endDate: missing"]


def test_an_extra_key_is_a_difference_unless_allowed() -> None:
    call = _named("kv get")
    actual = dataclasses.replace(
        _as_recorded(call), body='{"type":"STRING","value":"blue","more":1}'
    )
    assert compare(call, actual) == ["more: not recorded"]
    assert compare(call, actual, exact=False) == []


def test_another_type_is_a_difference() -> None:
    call = _named("kv get")
    actual = dataclasses.replace(_as_recorded(call), body='{"type":"STRING","value":7}')
    assert compare(call, actual) == ["value: number instead of text"]


def test_an_empty_list_where_one_was_filled_is_a_difference() -> None:
    call = _named("execution logs")
    actual = dataclasses.replace(_as_recorded(call), body="[]")
    assert compare(call, actual) == ["body: empty"]


def test_a_body_that_is_no_json_is_a_difference() -> None:
    call = _named("execution logs")
    actual = dataclasses.replace(_as_recorded(call), body="<html>")
    assert compare(call, actual) == ["body: not JSON"]


def test_another_error_of_the_client_is_a_difference() -> None:
    call = load("kestra-1.3").named("authorization scheme and blank")
    assert compare(call, Actual()) == ["error: None instead of LocalProtocolError"]


def test_a_body_that_is_cut_before_its_first_end_still_has_its_kind() -> None:
    assert whole_prefix('{"a":"long te…[99 characters]') == ({}, True)
    assert whole_prefix('[{"a":"long te…[99 characters]') == ([{}], True)


def test_a_cut_body_is_read_as_far_as_it_goes() -> None:
    cut = '{"a":[1,2],"b":{"c":"x, y\\"","d":tru…[99 characters]'
    assert whole_prefix(cut) == ({"a": [1, 2], "b": {"c": 'x, y"'}}, True)
