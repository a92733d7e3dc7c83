"""executions list and export: of several hosts, filtered, for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pyinfra.api.exceptions import PyinfraError

from kestra_provision.cli import main
from kestra_provision.kestra.execution import read
from kestra_provision.kestra.history import Wanted
from kestra_provision.run import hosts
from kestra_provision.status import executions as status
from kestra_provision.status.executions import HostExecutions
from tests.operations.fake_host import FakeHost
from tests.operations.kestra_server import execution


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hosts, of which one does not tell."""
    found = tuple(read(execution(key, state)) for key, state in (("b", "RUNNING"), ("a", "FAILED")))
    told = {"vps1": HostExecutions("vps1", found), "vps2": HostExecutions("vps2", reason="is down")}

    @contextmanager
    def connected_hosts(*_: object) -> Iterator[Any]:
        here = [FakeHost().as_host]
        yield type("State", (), {"inventory": [type("H", (), {"name": n}) for n in told]}), here, {}

    monkeypatch.setattr(hosts, "connected_hosts", connected_hosts)
    monkeypatch.setattr(hosts, "on_each", lambda *_: told)


def test_list(several: None) -> None:
    done = CliRunner().invoke(main, ["executions", "list"])
    assert done.exit_code == 1
    assert done.stdout == (
        "host  started              state    took   flow       id\n"
        "----  -------------------  -------  -----  ---------  --\n"
        "vps1  2026-01-02 03:04:05  RUNNING         team/flow  b\n"
        "vps1  2026-01-02 03:04:05  FAILED   2.5 s  team/flow  a\n"
        "\nvps2: is down\n"
    )
    told = json.loads(CliRunner().invoke(main, ["executions", "list", "--json"]).stdout)
    assert (told["version"], told["exit_code"]) == (1, 1)
    assert [each["reason"] for each in told["hosts"]] == ["", "is down"]
    assert [each["id"] for each in told["hosts"][0]["executions"]] == ["b", "a"]


def test_export(several: None, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    done = CliRunner().invoke(main, ["executions", "export", "--output", str(file)])
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "vps2: is down\n")
    assert file.read_text().splitlines() == [
        "host,id,namespace,flow,revision,state,started,ended,seconds",
        "vps1,b,team,flow,2,RUNNING,2026-01-02T03:04:05.123456789Z,,",
        "vps1,a,team,flow,2,FAILED,2026-01-02T03:04:05.123456789Z,2026-01-02T03:04:07.623456789Z,2.5",
    ]
    done = CliRunner().invoke(main, ["executions", "export", "--format", "json"])
    assert json.loads(done.stdout)["hosts"][0]["executions"][1]["seconds"] == 2.5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "2d"], "'2d' is neither a duration"),
        (["--until", "2026-02-30"], "'2026-02-30'"),
        (["--since", "1h", "--until", "2h"], "nothing starts between them"),
        (["--flow", "x"], "'x' is no NAMESPACE/FLOW"),
        (["--flow", "a/x", "--namespace", "a"], "give one of --flow and --namespace"),
        (["--state", "DONE"], "DONE"),
    ],
)
@pytest.mark.parametrize("command", ["list", "export"])
def test_filters_that_cannot_be(command: str, words: list[str], said: str) -> None:
    done = CliRunner().invoke(main, ["executions", command, *words])
    assert done.exit_code == 1
    assert said in done.stderr


def test_a_host_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: object) -> None:
        raise PyinfraError("the connection is lost")

    monkeypatch.setattr(status, "use_sudo", lost)
    seen = status.executions_of(FakeHost().as_host, Wanted(), None)
    assert "the connection is lost" in seen.reason
