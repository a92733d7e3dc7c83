"""Records on the host: appended whole, read back, shown."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from kestra_provision.commands import audit
from kestra_provision.commands.audit import Record, Versions
from kestra_provision.facts.running import Instance, RunningSeen

POSTGRES = {"postgres": "postgres:17", "postgres_id": "sha256:p"}
OLD: Versions = {
    "kestra": "kestra/kestra:v1.3.38",
    "kestra_id": "sha256:aaaaaaaaaaaaaaaa",
    **POSTGRES,
    "config": "c1",
}
NEW: Versions = {
    "kestra": "kestra/kestra:v1.3.39",
    "kestra_id": "sha256:bbbbbbbbbbbbbbbb",
    **POSTGRES,
    "config": "c2",
}


def record(**more: object) -> Record:
    given = {"time": "2026-01-02T03:04:05Z", "host": "vps1", "action": "restart"}
    given |= {"operator": "alice@laptop", "reason": "ümläut 'x'", "result": "healthy"}
    return Record(**{"duration_s": 7, "before": OLD, "after": NEW, **given, **more})  # type: ignore[arg-type]


def append(file: Path, text: str) -> None:
    command = str(audit.append(str(file)))
    subprocess.run(["sh", "-c", command], input=f"{text}\n", text=True, check=True)


def read(file: Path, tail: int = 9) -> str:
    command = str(audit.read(str(file), tail))
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout


def test_appended_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "audit.jsonl"
    assert read(file) == ""
    append(file, record().line())
    append(file, record(result="failed: stack").line())
    found = audit.parse(read(file).splitlines())
    assert [r["result"] for r in found] == ["healthy", "failed: stack"]
    assert found[0]["reason"] == "ümläut 'x'"
    assert audit.parse(read(file, 1).splitlines()) == found[1:]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o640, 0o750)


def test_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text('{"time": "2026')
    append(file, record().line())
    assert [r["host"] for r in audit.parse(read(file).splitlines())] == ["vps1"]


def test_what_changed_is_told() -> None:
    (line,) = audit.render([json.loads(record().line())]).splitlines()[2:]
    assert "kestra/kestra:v1.3.38 -> kestra/kestra:v1.3.39, configuration" in line
    same_tag = {**OLD, "kestra_id": NEW["kestra_id"]}
    shown = audit.render([json.loads(record(after=same_tag).line())])
    assert "kestra/kestra:v1.3.38: aaaaaaaaaaaa -> bbbbbbbbbbbb" in shown


def test_shorter_records_of_the_host_itself_are_shown() -> None:
    shown = audit.render(
        [{"time": "2026-01-02T03:04:05Z", "action": "self-repair", "duration_s": 9}]
    )
    assert "self-repair" in shown
    assert "9 s" in shown


def test_versions_of_what_runs() -> None:
    kestra = Instance(image="k", image_id="sha256:1", config="c")
    found = RunningSeen({"kestra": kestra}).versions(["kestra", "postgres"])
    assert [*found.items()] == [
        ("kestra", "k"),
        ("kestra_id", "sha256:1"),
        ("postgres", ""),
        ("postgres_id", ""),
        ("config", "c"),
    ]
