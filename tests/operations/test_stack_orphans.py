"""Containers of ours that are of no service are removed, however they were made; no others."""

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.commands.stop_script import remove_command
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.operations import stack
from tests.operations.fake_host import FakeHost, call, raw, yielded
from tests.operations.test_stack import DECLARED, RUNNING, SETTINGS, WELL


def orphaned(name: str = "old", **values: Any) -> StackSeen:
    """One of ours whose service the stack has not."""
    kestra = RUNNING.containers[SETTINGS.container_name]
    orphan = replace(kestra, name=name, service="redis", **values)
    return replace(RUNNING, containers={**RUNNING.containers, name: orphan})


@pytest.mark.parametrize(
    "values", [{}, {"status": "exited"}, {"status": "paused"}, {"health": "unhealthy"}]
)
def test_an_orphan_is_removed_and_nothing_else_is_done_to_it(values: dict[str, Any]) -> None:
    """Compose knows only those that compose made."""
    host = FakeHost({**WELL, Stack: orphaned(**values)})
    commands = yielded(host, stack.up, stack=DECLARED)
    assert raw(commands) == ["_accepted", "remove", "_up"]
    assert host.logs == [
        "container old: belongs to no service any more; declared: runs as declared"
    ]
    assert call(commands[1], host) is True
    ran = host.ran[-1][0].get_raw_value()
    assert "label=com.docker.compose.project=tools-kestra" in ran
    assert "label=io.kestra-provision.managed=true" in ran
    assert "name=^/old$" in ran


def test_an_orphan_under_the_name_of_a_service_makes_room_for_it() -> None:
    host = FakeHost({**WELL, Stack: orphaned(SETTINGS.container_name)})
    assert raw(yielded(host, stack.up, stack=DECLARED)) == ["_accepted", "remove", "_up"]


def test_who_has_the_project_and_not_our_label_is_left_alone() -> None:
    """Not even woken, or restarted, where something else is to be done."""
    for values in ({"status": "paused"}, {"health": "unhealthy"}):
        strange = orphaned("theirs", managed=False, **values)
        host = FakeHost({**WELL, Stack: strange})
        assert yielded(host, stack.up, stack=DECLARED) == []
        lost = {k: c for k, c in strange.containers.items() if k != SETTINGS.container_name}
        host = FakeHost({**WELL, Stack: replace(strange, containers=lost)})
        assert raw(yielded(host, stack.up, stack=DECLARED)) == ["_accepted", "_up"]


def test_an_orphan_that_stays_says_why() -> None:
    host = FakeHost(
        {**WELL, Stack: orphaned()}, {"docker rm": (False, "", "driver failed to remove")}
    )
    command = yielded(host, stack.up, stack=DECLARED)[1]
    assert call(command, host) is False
    assert host.logs[-1] == "not removed: driver failed to remove"


#: Docker with one container, `abc`, that has ended; `rm` does what the test says.
_DOCKER = """#!/bin/sh
case "$1" in
    ps) cat there ;;
    inspect) echo exited 0 then ;;
    rm) echo "$2" >> removed; {rm} ;;
esac
"""


@pytest.mark.parametrize(
    ("there", "rm", "code", "removed"),
    [
        ("abc", ": > there", 0, "abc\n"),
        ("", "exit 1", 0, ""),
        ("abc", ": > there; echo is already in progress >&2; exit 1", 0, "abc\n"),
        ("abc", "echo driver failed >&2; exit 1", 1, "abc\n"),
    ],
    ids=["there", "gone", "made with --rm", "stays"],
)
def test_a_removal_ends_when_it_is_gone(
    tmp_path: Path, there: str, rm: str, code: int, removed: str
) -> None:
    told = tmp_path / "removed"
    told.touch()
    (tmp_path / "there").write_text(there)
    programs = {"docker": _DOCKER.replace("{rm}", rm), "sleep": "#!/bin/sh\n"}
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        shlex.split(remove_command("old", {"a": "b"})),
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, told.read_text()) == (code, removed), done.stderr
    assert done.stderr == ("driver failed\n" if code else "")
