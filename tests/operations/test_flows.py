"""A sync of flows, files and keys: what is written, kept, put back, deleted, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from kestra_provision.facts.flows_record import Recorded
from kestra_provision.flows import tree
from kestra_provision.flows.marks import mark_of
from kestra_provision.kestra import flows as module
from kestra_provision.kestra.kinds import kinds_of
from kestra_provision.operations import flows as operations
from kestra_provision.operations import flows_valid
from kestra_provision.run import ahead
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import collecting
from kestra_provision.run.observation import forget
from kestra_provision.sync.comparison import Mark, Named
from tests.operations.fake_host import yielded
from tests.operations.flows_sync import SETTINGS, Sync

DAMAGED = '{"version": 1'


class Killed(BaseException):
    """Nobody catches it."""


def test_five_hundred_unchanged_flows_are_one_call(sync: Sync) -> None:
    for number in range(500):
        sync.flow(f"f{number}")
    assert sync.run() == ""
    assert [line for line in sync.host.logs if "written" in line][-1] == "500 of 500 flows written"
    # The look, once more before it writes; five validations of a hundred.
    assert len(sync.server.writes) == 500
    assert sync.server.calls.count("POST /flows/validate") == 5
    sync.server.calls.clear()
    assert sync.run() == ""
    looks = "GET /flows/export/by-query"
    # Here each operation looks, as if another one had changed something.
    assert {*sync.server.calls} == {looks}
    sync.server.calls.clear()
    _, _, flows = kinds_of(tree.read([sync.folder]))
    assert yielded(sync.host, operations.written, settings=SETTINGS, resource=flows) == []
    assert yielded(sync.host, flows_valid.valid, settings=SETTINGS, flows=flows) == []
    assert sync.server.calls == []


def test_each_source_is_summed_once(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of hundreds of flows nobody wants the square, neither unchanged nor written again."""
    for number in range(40):
        sync.flow(f"f{number}", "disabled: false\n")
    assert sync.run() == ""
    for number in range(40):
        sync.flow(f"f{number}", "disabled: true\n")
    summed = list[str]()

    def counted(source: str) -> Mark:
        summed.append(source)
        return mark_of(source)

    monkeypatch.setattr(module, "mark_of", counted)
    assert sync.run() == ""
    assert len(summed) == 40


def test_two_thousand_files_are_one_upload_a_namespace(sync: Sync) -> None:
    for number in range(2000):
        file = (
            sync.folder / "a" / "_files" / f"d{number % 10}" / f"{number} x.txt".replace(" ", "+")
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(number))
    assert sync.run() == ""
    assert sync.server.writes == ["POST /namespaces/a/files"]
    assert sync.server.files["a/d1/11+x.txt"] == b"11"
    sync.server.calls.clear()
    (sync.folder / "a" / "_files" / "d1" / "11+x.txt").write_text("another")
    assert sync.run() == ""
    assert sync.server.files["a/d1/11+x.txt"] == b"another"


def test_an_invalid_flow_and_nothing_is_written_whatever_it_is(sync: Sync) -> None:
    sync.flow("good")
    sync.flow("bad", "# no such type\n")
    (sync.folder / "a" / "_kv.yaml").write_text("number: 1\n")
    (sync.folder / "a" / "_files").mkdir()
    (sync.folder / "a" / "_files" / "x").write_text("1")
    assert "Kestra refuses 1 flow" in sync.run()
    assert any("bad.yaml: Invalid type: nope" in line for line in sync.host.logs)
    assert sync.server.writes == []


def test_a_plan_tells_what_the_server_refuses(sync: Sync) -> None:
    """Unless another Kestra runs by then."""
    sync.flow("bad", "# no such type\n")
    _, _, flows = kinds_of(tree.read([sync.folder]))
    host = sync.host.as_host
    with collecting(host) as said:
        (failure,) = yielded(sync.host, flows_valid.valid, settings=SETTINGS, flows=flows)
    assert isinstance(failure, Failure)
    assert "Kestra refuses 1 flow, nothing would be written" in failure.message
    (found,) = said
    assert (found.actual, found.what) == ("Invalid type: nope", str(sync.folder / "a/bad.yaml"))
    assert "kestra-provision flows validate" in found.fix
    with collecting(host) as said:
        ahead.of(host).fates["kestra"] = "restarts"
        assert yielded(sync.host, flows_valid.valid, settings=SETTINGS, flows=flows) == []
    assert said == []


@pytest.mark.parametrize("nth", range(3))
@pytest.mark.parametrize("failure", [httpx.Response(500), httpx.ReadError("gone")])
def test_a_failure_puts_back_what_was_before(
    sync: Sync, nth: int, failure: httpx.Response | Exception
) -> None:
    before = {f"a/{name}": sync.flow(name) for name in ("one", "two")}
    assert sync.run() == ""
    wanted = {f"a/{name}": sync.flow(name, "# new\n") for name in ("one", "three", "two")}
    sync.server.before = _at(nth, failure)
    said = sync.run()
    assert "what was written before was put back" in said
    assert sync.server.flows == before
    sync.server.before = lambda call: None
    assert sync.run() == ""
    assert sync.server.flows == wanted


@pytest.mark.parametrize("nth", range(3))
def test_a_sync_that_is_killed_converges_on_the_next_run(sync: Sync, nth: int) -> None:
    for name in ("one", "two"):
        sync.flow(name)
    assert sync.run() == ""
    for name in ("one", "three", "two"):
        sync.flow(name, "# new\n")
    sync.server.before = _at(nth, Killed())
    with pytest.raises(Killed):
        sync.run()
    sync.server.before = lambda call: None
    # Whoever runs it again may have changed his mind.
    wanted = {f"a/{name}": sync.flow(name, "# newer\n") for name in ("one", "three", "two")}
    assert sync.run() == ""
    assert sync.server.flows == wanted


def _at(nth: int, failure: httpx.Response | BaseException) -> Answer:
    return Answer(nth, failure)


class Answer:
    """To the nth write, once; everything before and after it is answered as ever."""

    def __init__(self, nth: int, failure: httpx.Response | BaseException) -> None:
        self._left, self._failure = nth, failure

    def __call__(self, call: str) -> httpx.Response | None:
        if call.startswith("GET") or call == "POST /flows/validate":
            return None
        self._left -= 1
        if self._left != -1:
            return None
        if isinstance(self._failure, httpx.Response):
            return self._failure
        raise self._failure


def test_a_key_that_fails_is_put_back_too(sync: Sync) -> None:
    keys = sync.folder / "a" / "_kv.yaml"
    keys.write_text("colour: blue\nnumber: 1\n")
    assert sync.run() == ""
    before = dict(sync.server.keys)
    keys.write_text("colour: red\nnumber: 2\n")
    sync.server.before = _at(1, httpx.Response(500))
    assert "put back" in sync.run()
    assert sync.server.keys == before


def test_conflicts_stay_until_somebody_decides(sync: Sync) -> None:
    sources = {name: sync.flow(name) for name in ("one", "two", "three")}
    assert sync.run() == ""
    for name in ("one", "two"):
        sync.server.flows[f"a/{name}"] = sources[name] + "# by hand\n"
    sync.flow("three", "# new\n")
    assert "2 flows left as somebody made it" in sync.run()
    assert sync.server.flows["a/three"].endswith("# new\n"), "the others are written"
    assert "1 flow left" in sync.run(mine=Named(frozenset({"a/one"})))
    assert sync.server.flows["a/one"] == sources["one"]
    assert sync.server.flows["a/two"].endswith("# by hand\n")
    assert sync.run(mine=Named()) == ""
    assert sync.server.flows["a/two"] == sources["two"]


def test_what_the_server_gained_alone_is_told_and_kept(sync: Sync) -> None:
    sync.flow("one")
    assert sync.run() == ""
    sync.server.flows |= {
        "a/by-hand": "id: by-hand\nnamespace: a\n",
        "b/x": "id: x\nnamespace: b\n",
    }
    _, _, flows = kinds_of(tree.read([sync.folder]))
    forget(sync.host.as_host)
    with collecting(sync.host.as_host) as said:
        yielded(sync.host, operations.written, settings=SETTINGS, resource=flows)
    assert [(each.severity, each.what) for each in said] == [("notice", "flow a/by-hand")]


@pytest.mark.parametrize("record", [DAMAGED, '{"version": 9, "ours": {}}'])
def test_a_record_that_nobody_can_read_stops_it(sync: Sync, record: str) -> None:
    sync.flow("one")
    assert sync.run() == ""
    (fact,) = sync.host.facts
    sync.host.facts[fact] = Recorded(record, "600 0:0")
    sync.flow("one", "# new\n")
    assert "/opt/kestra/config/flows.json: " in sync.run()
    assert len(sync.server.writes) == 1


def test_a_lost_record_is_written_again(sync: Sync) -> None:
    sync.flow("one")
    assert sync.run() == ""
    (fact,) = sync.host.facts
    kept, sync.host.facts[fact] = sync.host.facts[fact], Recorded()
    sync.server.calls.clear()
    assert sync.run() == ""
    assert sync.host.facts[fact] == kept
    assert sync.server.writes == []


def test_a_server_that_does_not_tell_is_no_empty_one(sync: Sync) -> None:
    sync.flow("one")
    assert sync.run() == ""
    answers: Mapping[str, httpx.Response] = {"GET /flows/export/by-query": httpx.Response(503)}
    sync.server.before = answers.get
    sync.server.calls.clear()
    assert "Kestra answers 503" in sync.run()
    assert sync.server.writes == []


def test_an_older_kestra_is_refused_before_it_is_written_to(sync: Sync) -> None:
    sync.flow("one")
    sync.server.version = "0.20.7"
    assert "0.20.7, and flows as code needs 1.0" in sync.run()
    assert sync.server.calls == []
