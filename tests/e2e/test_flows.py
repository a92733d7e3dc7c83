"""Flows of the repository on the server: created, updated, left alone, kept, deleted, put back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed

_FLOW = """\
id: {name}
namespace: flows.test
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: {message}
"""
ODD = {
    "three-lines": _FLOW.format(name="three-lines", message="hi")
    + "description: |\n  one\n  ---\n  two\n",
    "umlauts": _FLOW.format(name="umlauts", message="'grüße € 😀'"),
    "tab": _FLOW.format(name="tab", message="hi") + "# a\ttab, no line break at the end",
    "crlf": _FLOW.format(name="crlf", message="hi").replace("\n", "\r\n"),
    "begins": "---\n" + _FLOW.format(name="begins", message="hi"),
    "big": _FLOW.format(name="big", message="hi")
    + "description: |\n"
    + ("  " + "x" * 98 + "\n") * 10_400,
}


KEYS = """\
colour: blue
text: 'plain words, ü and "quotes"'
number: 42
half: 1.50
enabled: true
day: 2026-01-01
time: 2026-01-01T10:00:00.120+02:00
wait: P1DT2H
list: [1, two, null, {a: 1.0}]
"""
FILES = {
    "scripts/run.py": b"print(1)\n",
    "a+b,c=Ü.txt": b"\xff\x00",
    "archive.zip": b"PK",
    "empty": b"",
}


@pytest.fixture(scope="module")
def flows(converged: Site) -> Iterator[Path]:
    """The folder of flows of the namespace; the server has none of them afterwards."""
    folder = converged.workspace.directory / "flows" / "flows.test"
    folder.mkdir(parents=True)
    yield folder
    converged.declare()
    api(converged, "call 'flows/delete/by-query?namespace=flows.test' -X DELETE")
    converged.vps.run("rm -f /opt/kestra/config/flows.json")
    shutil.rmtree(folder)
    assert converged.deploy().returncode == 0


def write(folder: Path, name: str, message: str = "hi") -> None:
    (folder / f"{name}.yaml").write_text(_FLOW.format(name=name, message=message))


def live(site: Site) -> dict[str, tuple[int, str]]:
    """Revision and source of each."""
    names = [each["id"] for each in json.loads(api(site, "call flows/flows.test"))]
    found = [json.loads(api(site, f"call 'flows/flows.test/{name}?source=true'")) for name in names]
    return {each["id"]: (each["revision"], each["source"]) for each in found}


def well(done: CompletedProcess[str]) -> CompletedProcess[str]:
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_every_source_arrives_byte_for_byte(converged: Site, flows: Path) -> None:
    for name, source in ODD.items():
        (flows / f"{name}.yaml").write_bytes(source.encode())
    assert changed(well(converged.deploy())) == 1
    assert live(converged) == {name: (1, source) for name, source in ODD.items()}
    assert changed(well(converged.deploy())) == 0
    assert {revision for revision, _ in live(converged).values()} == {1}


def test_files_and_keys(converged: Site, flows: Path) -> None:
    (flows / "_kv.yaml").write_text(KEYS)
    for name, content in FILES.items():
        (flows / "_files" / name).parent.mkdir(parents=True, exist_ok=True)
        (flows / "_files" / name).write_bytes(content)
    assert changed(well(converged.deploy())) == 2
    assert changed(well(converged.deploy())) == 0
    key = json.loads(api(converged, "call namespaces/flows.test/kv/time"))
    assert (key["type"], key["revision"]) == ("DATETIME", 1)
    revisions = "namespaces/flows.test/files/revisions"
    assert json.loads(api(converged, f"call '{revisions}?path=/scripts/run.py'")) == [
        {"revision": 1}
    ]


def test_only_what_changed_is_written(converged: Site, flows: Path) -> None:
    for file in flows.glob("*.yaml"):
        file.unlink()
    write(flows, "one")
    write(flows, "two")
    well(converged.deploy())
    write(flows, "two", "another")
    well(converged.deploy())
    found = live(converged)
    assert (found["one"][0], found["two"][0]) == (1, 2)
    assert "another" in found["two"][1]
    assert set(found) >= set(ODD), "deletion is never by absence alone"


def test_one_invalid_flow_and_nothing_is_written(converged: Site, flows: Path) -> None:
    before = live(converged)
    write(flows, "one", "changed")
    (flows / "bad.yaml").write_text(
        _FLOW.format(name="bad", message="hi").replace("Log\n", "Nope\n")
    )
    done = converged.deploy()
    assert done.returncode == 1
    assert "bad.yaml" in done.stderr
    assert "Invalid type" in done.stderr
    assert live(converged) == before
    (flows / "bad.yaml").unlink()
    write(flows, "one")


def test_what_somebody_changed_on_the_server_is_kept(converged: Site, flows: Path) -> None:
    source = _FLOW.format(name="one", message="by-hand")
    put = "-X PUT -H 'Content-Type: application/x-yaml' --data-binary"
    api(converged, f"call flows/flows.test/one {put} '{source}'")
    done = converged.deploy()
    assert done.returncode == 1
    assert "flow flows.test.one: changed on the server" in done.stderr
    assert live(converged)["one"] == (2, source)
