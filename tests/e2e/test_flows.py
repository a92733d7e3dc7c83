"""Flows of the repository on the server: created, updated, left alone, kept, deleted, put back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed, found
from tests.e2e.flow_sources import FILES, FLOW, KEYS, ODD
from tests.e2e.under_way import killed_at


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
    (folder / f"{name}.yaml").write_text(FLOW.format(name=name, message=message))


def live(site: Site) -> dict[str, tuple[int, str]]:
    """Revision and source of each."""
    names = [each["id"] for each in json.loads(api(site, "call flows/flows.test"))]
    calls = "; echo; ".join(f"call 'flows/flows.test/{name}?source=true'" for name in names)
    each = map(json.loads, api(site, calls).splitlines())
    return {flow["id"]: (flow["revision"], flow["source"]) for flow in each}


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
    write(flows, "one")
    write(flows, "two")
    well(converged.deploy())
    write(flows, "two", "another")
    well(converged.deploy())
    there = live(converged)
    assert (there["one"][0], there["two"][0]) == (1, 2)
    assert "another" in there["two"][1]


def test_one_invalid_flow_and_nothing_is_written(converged: Site, flows: Path) -> None:
    before = live(converged)
    write(flows, "one", "changed")
    (flows / "_kv.yaml").write_text(KEYS + "another: 1\n")
    (flows / "bad.yaml").write_text(
        FLOW.format(name="bad", message="hi").replace("Log\n", "Nope\n")
    )
    done = converged.deploy()
    assert done.returncode == 1
    assert "flows/flows.test/bad.yaml:5: " in done.stderr
    assert "Invalid type" in done.stderr
    done = converged.command("flows", "validate", "--json")
    assert done.returncode == 2
    (host,) = json.loads(done.stdout)["hosts"]
    (invalid,) = host["invalid"]
    assert (invalid["file"], invalid["line"]) == ("flows/flows.test/bad.yaml", 5)
    assert "Invalid type" in invalid["message"]
    assert "flows/flows.test/bad.yaml:5: Validation error: Invalid type" in failing(converged)
    assert live(converged) == before
    assert "another" not in api(converged, "call namespaces/flows.test/kv")
    (flows / "bad.yaml").unlink()
    write(flows, "one")
    (flows / "_kv.yaml").write_text(KEYS)


def failing(site: Site) -> str:
    """What a plan says of a deploy that would fail, without anything to do before."""
    done = site.command("plan", "--json")
    (host,) = json.loads(done.stdout)["hosts"]
    assert (done.returncode, host["result"], host["operations"]) == (1, "fails", [])
    return str(host["fails"]["why"])


def by_hand(site: Site, name: str, message: str) -> str:
    """Writes a flow as somebody does it in the browser."""
    source, there = FLOW.format(name=name, message=message), name in live(site)
    path, method = (f"flows/flows.test/{name}", "PUT") if there else ("flows", "POST")
    put = f"-X {method} -H 'Content-Type: application/x-yaml' --data-binary"
    api(site, f"call {path} {put} '{source}'")
    return source


def test_what_somebody_changed_on_the_server_is_kept(converged: Site, flows: Path) -> None:
    source = by_hand(converged, "one", "by-hand")
    done = converged.deploy()
    assert done.returncode == 1
    assert "flow flows.test/one: changed on the server" in done.stderr
    assert live(converged)["one"] == (2, source)
    assert "1 flow left as somebody made it" in failing(converged)
    report = found(converged.drift())
    assert next(f["what"] for f in report if f["stage"] == "flows") == "flow flows.test/one"
    done = converged.command("flows", "diff")
    assert done.returncode == 2
    assert "-    message: by-hand\n+    message: hi\n" in done.stdout


def test_theirs_or_mine_decides_it(converged: Site, flows: Path) -> None:
    well(converged.command("flows", "apply", "--take", "theirs", "-y"))
    assert (flows / "one.yaml").read_text() == live(converged)["one"][1]
    by_hand(converged, "one", "again")
    by_hand(converged, "two", "kept")
    item = ("--item", "flows.test/one")
    assert converged.command("flows", "apply", "--take", "mine", *item, "-y").returncode == 1
    assert live(converged)["one"] == (4, (flows / "one.yaml").read_text())
    assert "kept" in live(converged)["two"][1]
    well(converged.command("flows", "apply", "--take", "mine", "-y"))
    listed = json.loads(converged.command("flows", "list", "--json").stdout)
    (host,) = listed["hosts"]
    ours = [item for item in host["items"] if item["namespace"] == "flows.test"]
    assert listed["exit_code"] == 0
    assert {item["state"] for item in ours} == {"as in the repository"}


def test_a_sync_that_is_killed_is_continued(converged: Site, flows: Path) -> None:
    for number in range(120):
        write(flows, f"killed-{number:03}")
    killed_at(converged, "50 of 120 flows written")
    there = live(converged)
    assert 50 <= len(there) < 122
    well(converged.deploy())
    assert changed(well(converged.deploy())) == 0
    after = {name: revision for name, (revision, _) in live(converged).items()}
    assert {revision for name, revision in after.items() if "killed" in name} == {1}
    for file in flows.glob("killed-*"):
        file.unlink()
    well(converged.command("flows", "prune", "-y", "--delete", "120"))


def test_the_servers_own_switch_is_no_edit(converged: Site, flows: Path) -> None:
    body = """-H 'Content-Type: application/json' -d '[{"namespace":"flows.test","id":"one"}]'"""
    api(converged, f"call flows/disable/by-ids -X POST {body}")
    done = well(converged.deploy())
    assert changed(done) == 0
    assert "flow flows.test/one: disabled on the server, and left so" in done.stderr
    api(converged, f"call flows/enable/by-ids -X POST {body}")
    assert changed(well(converged.deploy())) <= 1


def test_a_kept_plan_writes_what_was_planned_and_nothing_else(converged: Site, flows: Path) -> None:
    write(flows, "one", "planned")
    assert converged.command("plan", "--out", "kept.plan").returncode == 2
    write(flows, "one", "edited-since")
    done = converged.command("deploy", "--plan", "kept.plan")
    assert done.returncode == 1
    assert "flow flows.test/one: planned: " in done.stderr
    assert "edited-since" not in live(converged)["one"][1]
    write(flows, "one", "planned")
    well(converged.command("deploy", "--plan", "kept.plan"))
    assert "planned" in live(converged)["one"][1]
    write(flows, "one")
    well(converged.deploy())


def test_what_is_made_on_the_server_alone_is_pulled(converged: Site, flows: Path) -> None:
    source = by_hand(converged, "new", "by-hand")
    notices = found(converged.drift(), "notice")
    assert "flow flows.test/new" in [f["what"] for f in notices]
    done = well(converged.command("flows", "pull", "--item", "flows.test/new"))
    assert "flow flows.test/new: flows/flows.test/new.yaml" in done.stdout
    assert (flows / "new.yaml").read_text() == source
    well(converged.deploy())
    assert changed(well(converged.deploy())) == 0


def test_deletion_is_never_by_absence_alone(converged: Site, flows: Path) -> None:
    there = set(live(converged))
    (flows / "new.yaml").unlink()
    done = well(converged.deploy())
    assert "flow flows.test/new: ours, no longer in the repository" in done.stderr
    assert set(live(converged)) == there
    by_hand(converged, "stranger", "by-hand")
    well(converged.command("flows", "prune", "-y"))
    assert set(live(converged)) == there - {"new"} | {"stranger"}
    for file in flows.glob("[!_]*.yaml"):
        file.unlink()
    left = len(there) - 1
    done = converged.deploy()
    assert done.returncode == 1
    assert f"no flows here, {left} flows of ours on the server" in done.stderr
    (flows / "_kv.yaml").unlink()
    shutil.rmtree(flows / "_files")
    done = converged.command("flows", "prune", "-y", "--delete", "1")
    assert done.returncode == 1
    number = str(left + len(KEYS.splitlines()) + len(FILES))
    command = f"kestra-provision flows prune {converged.vps.name} --delete {number}"
    assert command in done.stderr
    assert set(live(converged)) >= there - {"new"}
    well(converged.command("flows", "prune", "-y", "--delete", number))
    assert set(live(converged)) == {"stranger"}
