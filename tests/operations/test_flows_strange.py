"""A server that has what nobody would expect, and a repository that is in its way."""

from __future__ import annotations

import httpx

from kestra_provision.flows import tree
from kestra_provision.kestra.kinds import kinds_of
from kestra_provision.kestra.synced import look
from kestra_provision.sync.item import Item
from tests.operations.flows_sync import SETTINGS, Sync


def file(sync: Sync, name: str, content: str = "x") -> None:
    path = sync.folder / "a" / "_files" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_a_file_never_takes_the_place_of_somebodys_folder(sync: Sync) -> None:
    sync.server.files = {"a/reports/precious.txt": b"1", "a/reports/more/2.txt": b"2"}
    before = dict(sync.server.files)
    file(sync, "reports")
    assert "is in the way" in sync.run()
    assert sync.server.files == before
    assert sync.server.writes == []


def test_a_folder_never_takes_the_place_of_somebodys_file(sync: Sync) -> None:
    sync.server.files = {"a/thing": b"1"}
    file(sync, "thing/in.txt")
    assert "the file a/thing there is in the way" in sync.run()
    assert sync.server.files == {"a/thing": b"1"}


def test_nor_does_a_file_of_ours_become_a_folder(sync: Sync) -> None:
    """Kestra keeps the path of a file that it deleted: a folder there is refused by its storage."""
    file(sync, "thing")
    assert sync.run() == ""
    (sync.folder / "a" / "_files" / "thing").unlink()
    file(sync, "thing/in.txt")
    assert "give that another name" in sync.run()
    assert sync.server.files == {"a/thing": b"x"}


def test_a_flow_that_somebody_made_meanwhile_is_not_put_back(sync: Sync) -> None:
    sync.flow("one")
    theirs = "id: one\nnamespace: a\n# theirs\n"

    def meanwhile(call: str) -> httpx.Response | None:
        if call != "POST /flows":
            return None
        sync.server.flows["a/one"] = theirs
        return httpx.Response(422, json={"message": "Flow id already exists"})

    sync.server.before = meanwhile
    assert "Flow id already exists" in sync.run()
    assert sync.server.flows == {"a/one": theirs}


def test_flows_that_kestra_took_and_nobody_can_read_block_nothing(sync: Sync) -> None:
    sync.flow("one")
    sync.server.flows = {
        "b/two-documents": "id: two-documents\nnamespace: b\n---\nid: x\n",
        "b/recursive": "id: recursive\nnamespace: b\nlabels: &a [*a]\n",
        "b/ends": "id: ends\nnamespace: b\n---\n",
        "b/js": "{id: js, namespace: b}\ndisabled: false",
    }
    assert sync.run() == ""
    *_, flows = kinds_of(tree.read([sync.folder]))
    seen = look(sync.host.as_host, SETTINGS, flows)
    assert not isinstance(seen, str)
    assert {*seen.live} == {
        Item("a", "one"),
        *(Item("b", n) for n in ("two-documents", "recursive")),
    } | {
        Item("b", "ends"),
        Item("b", "js"),
    }


def test_a_server_that_cannot_export_is_asked_one_by_one(sync: Sync) -> None:
    sync.flow("one")
    sync.server.flows = {
        "a.b/c-d": "id: c-d\nnamespace: a.b\n",
        "a.b-c/d": "id: d\nnamespace: a.b-c\n",
    }
    failed = httpx.Response(500, json={"message": "duplicate entry: a.b-c-d.yml"})
    sync.server.before = {"GET /flows/export/by-query": failed}.get
    assert sync.run() == ""
    assert sync.run() == ""
    assert sync.server.writes == ["POST /flows"]


def test_a_conflict_of_one_kind_keeps_nothing_else_back(sync: Sync) -> None:
    keys = sync.folder / "a" / "_kv.yaml"
    keys.write_text("colour: blue\n")
    sync.flow("one")
    assert sync.run() == ""
    sync.server.keys["a/colour"] = {"type": "STRING", "value": "by hand"}
    keys.write_text("colour: red\n")
    sync.flow("one", "# new\n")
    assert "1 key left as somebody made it" in sync.run()
    assert sync.server.flows["a/one"].endswith("# new\n")


def test_the_switch_of_a_flow_is_the_repositorys_until_somebody_turns_it(sync: Sync) -> None:
    sync.flow("one", "disabled: false\n")
    assert sync.run() == ""
    sync.flow("one", "disabled: true\n")
    assert sync.run() == ""
    assert sync.server.flows["a/one"].endswith("disabled: true\n")
    wanted = sync.flow("one")
    assert sync.run() == ""
    assert sync.server.flows["a/one"] == wanted
    sync.server.flows["a/one"] += "\ndisabled: true"
    sync.flow("one", "# new\n")
    assert sync.run() == ""
    assert sync.server.flows["a/one"].endswith("# new\n\ndisabled: true")
    assert sync.run() == ""
    assert any("disabled on the server, and left so" in line for line in sync.host.logs)
