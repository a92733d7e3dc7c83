"""kv and files: what they print, what they write, and what they refuse before they ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from kestra_provision.cli import main
from kestra_provision.flows import tree
from kestra_provision.run import hosts
from kestra_provision.run.state import of, settings_of
from tests.operations.fake_flows import FakeFlows, serving
from tests.operations.fake_host import FakeHost

Invoke = Callable[..., Result]
HOLDER = "KIND=run\nWHO=alice@laptop\nWHEN=2026-01-31 09:00:00\nWHY=deploy\nID=x\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeFlows:
    there = FakeFlows(
        flows={"team/one": "id: one\nnamespace: team\n"},
        files={"team/d/x.py": b"print(1)\n", "team.sub/y": b"\xff\x00"},
        keys={
            "team/limit": {"type": "NUMBER", "value": 42},
            "team/a.b": {"type": "STRING", "value": "ü\nx", "ttl": "PT1H"},
            "alone/list": {"type": "JSON", "value": [1, "ü"]},
        },
    )
    serving(monkeypatch, there)
    return there


@pytest.fixture
def host(alone: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeHost:
    """vps1; the repository is the folder that one is in, with one key and one file."""
    (tmp_path / "inventory").mkdir()
    # pyinfra keeps what a file of an inventory says by its relative name, for the whole process.
    (tmp_path / "inventory" / "of_store.py").write_text("hosts = ['vps1']\n")
    here = tmp_path / "flows" / "team"
    (here / "_files").mkdir(parents=True)
    (here / "_kv.yaml").write_text("limit: 42\n")
    (here / "_files" / "z").write_text("1")
    made = FakeHost(answers={"take_lock": (True, "taken\nTIMES=1\n", "")})

    @contextmanager
    def connected(*_: object) -> Iterator[Any]:
        of(made.as_host).flows = tree.of(["flows"], tmp_path)
        yield made.as_host, settings_of(made.as_host)

    monkeypatch.setattr(hosts, "connected", connected)
    return made


@pytest.fixture
def invoke(server: FakeFlows, host: FakeHost) -> Invoke:
    def invoked(*words: str, given: bytes = b"") -> Result:
        return CliRunner().invoke(main, [*words], input=given)

    return invoked


def test_list_of_keys(invoke: Invoke, host: FakeHost) -> None:
    done = invoke("kv", "list")
    assert done.stdout == (
        "namespace  key    revision  updated              expires\n"
        "---------  -----  --------  -------------------  -------------------\n"
        "alone      list   1         2026-01-02 03:04:05\n"
        "team       a.b    1         2026-01-02 03:04:05  2026-01-03 03:04:05\n"
        "team       limit  1         2026-01-02 03:04:05\n"
    )
    told = json.loads(invoke("kv", "list", "--namespace", "team", "--json").stdout)
    assert (told["version"], told["exit_code"], told["host"]) == (1, 0, "vps1")
    assert [each["key"] for each in told["keys"]] == ["a.b", "limit"]
    assert "value" not in told["keys"][0]
    assert invoke("kv", "list", "--namespace", "tea").stdout == "no key\n"
    assert not any('take_lock "$p"' in c.get_raw_value() for c, _ in host.ran)


def test_a_server_that_lists_the_keys_of_one_namespace_alone(
    invoke: Invoke, server: FakeFlows
) -> None:
    server.before = {"GET /kv": httpx.Response(404)}.get
    told = json.loads(invoke("kv", "list", "--json").stdout)
    assert [each["key"] for each in told["keys"]] == ["a.b", "limit"]
    told = json.loads(invoke("kv", "list", "--namespace", "alone", "--json").stdout)
    assert [each["key"] for each in told["keys"]] == ["list"]
    assert invoke("kv", "delete", "alone/list").exit_code == 0
    server.before = {"GET /kv": httpx.Response(503)}.get
    done = invoke("kv", "list")
    assert (done.exit_code, "Kestra answers 503" in done.stderr) == (1, True)


def test_list_of_files(invoke: Invoke) -> None:
    told = json.loads(invoke("files", "list", "--json").stdout)
    assert told["files"] == [{"namespace": "team", "path": "d/x.py", "bytes": 9}]
    # No flow and no key is in it: it has to be named.
    assert invoke("files", "list", "--namespace", "team.sub").stdout.splitlines()[2:] == [
        "team.sub   y     2"
    ]


def test_get(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("kv", "get", "team/a.b").stdout_bytes == "ü\nx".encode()
    assert invoke("kv", "get", "team/limit").stdout == "42"
    assert invoke("kv", "get", "alone/list").stdout == '[1, "ü"]'
    told = json.loads(invoke("kv", "get", "team/limit", "vps1", "--json").stdout)
    assert (told["type"], told["value"], told["version"]) == ("NUMBER", 42, 1)
    assert invoke("files", "get", "team.sub/y").stdout_bytes == b"\xff\x00"
    file = tmp_path / "out"
    assert invoke("files", "get", "team/d/x.py", "--output", str(file)).stdout == ""
    assert file.read_bytes() == b"print(1)\n"


def test_set(invoke: Invoke, server: FakeFlows, host: FakeHost) -> None:
    done = invoke("kv", "set", "team/new", "-", given=b"plain words\n\n")
    assert (done.stdout, done.stderr) == ("team/new: set\n", "")
    assert server.keys["team/new"] == {"type": "STRING", "value": "plain words\n"}
    assert invoke("kv", "set", "team/new", "--type", "number", "--", "-5", "vps1").exit_code == 0
    assert server.keys["team/new"]["value"] == -5
    raw = "".join(command.get_raw_value() for command, _ in host.ran)
    assert raw.count('take_lock "$p"') == 2
    assert raw.count("remove_lock ") >= 2
    assert "WHY=kv set team/new" in raw


def test_what_is_so_already_is_not_written(invoke: Invoke, server: FakeFlows) -> None:
    assert invoke("kv", "set", "team/limit", "42", "--type", "number").stdout == (
        "team/limit: is so already\n"
    )
    assert invoke("files", "put", "team/d/x.py", "-", given=b"print(1)\n").stdout == (
        "team/d/x.py: is so already\n"
    )
    assert server.writes == []
    # It would be gone in an hour.
    assert invoke("kv", "set", "team/a.b", "ü\nx").stdout == "team/a.b: set\n"
    assert "ttl" not in server.keys["team/a.b"]
    assert invoke("kv", "set", "team/a.b", "ü\nx", "--ttl", "P1DT2H").stdout == "team/a.b: set\n"
    assert server.keys["team/a.b"]["ttl"] == "P1DT2H"


def test_put_and_delete_a_file(invoke: Invoke, server: FakeFlows, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"\x00new")
    assert invoke("files", "put", "team/e/f", str(file)).stdout == "team/e/f: uploaded\n"
    assert server.files["team/e/f"] == b"\x00new"
    done = invoke("files", "put", "team/d", str(file))
    assert (done.exit_code, "team/d/x.py there is in the way" in done.stderr) == (1, True)
    assert invoke("files", "delete", "team/e/f").stdout == "team/e/f: deleted\n"
    done = invoke("files", "delete", "team/d")
    assert (done.exit_code, "there is no file team/d" in done.stderr) == (1, True)
    assert "team/d/x.py" in server.files


def test_what_the_repository_has_is_named(invoke: Invoke, server: FakeFlows) -> None:
    done = invoke("kv", "set", "team/limit", "7", "--type", "number")
    pull = "kestra-provision flows pull vps1 --item team/limit"
    assert done.stderr.startswith("flows/team/_kv.yaml has another one, a conflict for the next")
    assert pull in done.stderr
    assert invoke("kv", "set", "team/limit", "42", "--type", "number").stderr == ""
    done = invoke("kv", "delete", "team/limit")
    assert "flows/team/_kv.yaml has it: the next sync writes it again" in done.stderr
    assert "team/limit" not in server.keys
    assert invoke("kv", "delete", "alone/list").stderr == ""
    done = invoke("files", "put", "team/z", "-", given=b"2")
    assert done.stderr.startswith("flows/team/_files/z has another one")
    assert invoke("files", "put", "team/z", "-", given=b"1").stderr == ""
    assert "flows/team/_files/z has it" in invoke("files", "delete", "team/z").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kv", "get", "team/limits"], "vps1: there is no key team/limits; did you mean team/lim"),
        (["kv", "delete", "team/limits"], "there is no key team/limits; did you mean team/limit?"),
        (["files", "get", "team/d/y.py"], "there is no file team/d/y.py; did you mean team/d/x.py"),
        (["files", "delete", "team/d/y.py"], "there is no file team/d/y.py"),
    ],
)
def test_what_is_not_there(invoke: Invoke, server: FakeFlows, words: list[str], said: str) -> None:
    done = invoke(*words)
    assert (done.exit_code, server.writes) == (1, [])
    assert said in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--namespace", "../x"], "'../x' is no namespace, such as company.team"),
        (["set", "team/a", "x\udcff"], "it is no UTF-8"),
        (["get", "team"], "'team' is no NAMESPACE/KEY, such as company.team/limit"),
        (["get", "team/a/b"], "a key has letters, digits, dots, - and _"),
        (["get", "Team/a"], "'Team/a' is no NAMESPACE/KEY"),
        (["set", "team/a", "x", "--ttl", "1h"], "'1h' is no duration in whole units"),
        (["set", "team/a", "05", "--type", "number"], "it is no number, such as 42"),
        (["set", "team/api_token", "Canary-1"], "SECRET_API_TOKEN in .env beside deploy.py"),
        (["set", "team/a", '{"password": "Canary-1"}', "--type", "json"], "password in it is what"),
    ],
)
def test_refused_before_anything_is_asked(
    invoke: Invoke, server: FakeFlows, words: list[str], said: str
) -> None:
    done = invoke("kv", *words)
    assert (done.exit_code, server.calls) == (1, [])
    assert said in done.stderr
    assert "Canary" not in done.stderr


def test_stdin_that_is_no_text(invoke: Invoke, server: FakeFlows) -> None:
    done = invoke("kv", "set", "team/a", "-", given=b"\xff")
    assert (done.exit_code, server.calls, "it is no UTF-8" in done.stderr) == (1, [], True)


@pytest.mark.parametrize("path", ["a b", "_flows/x", "a\\b", "../x", "/x", "d//x", ""])
def test_no_such_file_can_be(invoke: Invoke, server: FakeFlows, path: str) -> None:
    done = invoke("files", "get", f"team/{path}")
    assert (done.exit_code, server.calls) == (1, [])


def test_a_switch_is_no_secret(invoke: Invoke, server: FakeFlows) -> None:
    done = invoke("kv", "set", "team/use_token", "true", "--type", "boolean")
    assert (done.exit_code, server.keys["team/use_token"]["value"]) == (0, True)


def test_while_somebody_deploys_nothing_is_written(
    invoke: Invoke, server: FakeFlows, host: FakeHost
) -> None:
    host.answers = {"take_lock": (True, f"refused\n{HOLDER}", "")}
    for words in (["kv", "set", "team/new", "x"], ["files", "delete", "team/d/x.py"]):
        done = invoke(*words)
        assert done.exit_code == 1
        assert "locked by a run that is under way, alice" in done.stderr
    assert server.writes == []
    assert invoke("kv", "get", "team/limit").stdout == "42"


def test_the_lock_is_let_go_when_it_fails(
    invoke: Invoke, server: FakeFlows, host: FakeHost
) -> None:
    server.before = lambda call: httpx.Response(500) if call.startswith("PUT") else None
    done = invoke("kv", "set", "team/new", "x")
    assert (done.exit_code, "Kestra answers 500" in done.stderr) == (1, True)
    assert "remove_lock " in host.ran[-1][0].get_raw_value()
