"""The record of the last sync: its owner and mode are repaired as those of any other file."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from kestra_provision.facts.flows_record import FlowsRecord, Recorded
from kestra_provision.operations.flows_record import closed
from kestra_provision.run.findings import collecting
from tests.operations.fake_flows import RecordHost
from tests.operations.fake_host import raw, yielded
from tests.operations.flows_sync import SETTINGS

PATH = "/opt/kestra/config/flows.json"


@pytest.mark.parametrize("access", ["644 0:0", "600 1000:0", "660 0:0"])
def test_one_that_others_could_read_or_write(access: str) -> None:
    host = RecordHost()
    host.facts[FlowsRecord] = Recorded("{}", access)
    with collecting(host.as_host) as said:
        (command,) = raw(yielded(host, closed, settings=SETTINGS))
    assert f"chown 0:0 {PATH} && chmod 600 {PATH}" in command
    assert [(each.what, each.actual) for each in said] == [(PATH, f"file {access}")]


@pytest.mark.parametrize("record", [Recorded(), Recorded("{}", "600 0:0")])
def test_nothing_to_repair(record: Recorded) -> None:
    host = RecordHost()
    host.facts[FlowsRecord] = record
    with collecting(host.as_host) as said:
        assert yielded(host, closed, settings=SETTINGS) == []
    assert said == []


def test_the_host_tells(tmp_path: Path) -> None:
    file = tmp_path / "it's here"

    def told() -> Recorded:
        command = FlowsRecord().command(path=str(file))
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        return FlowsRecord().process(done.stdout.splitlines())

    assert told() == Recorded()
    file.write_text('{"a": 1,\n"b": 2}\n')
    file.chmod(0o640)
    there = file.stat()
    mode = f"{stat.S_IMODE(there.st_mode):o} {there.st_uid}:{there.st_gid}"
    assert told() == Recorded('{"a": 1,\n"b": 2}', mode)
