"""Flows loaded on the host itself, by whoever has a shell there."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site
from tests.e2e.drifts_flows import placed
from tests.e2e.host_scripts import ROOT, run
from tests.vps.machine import Vps

LOAD = f"{ROOT}/scripts/load-kestra-flows.sh"
FOLDER = f"{ROOT}/kestra-flows"
FLOW = """\
id: {name}
namespace: load.test
description: |
  grüße "quoted"
  ---
  two
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: {message}"""


@pytest.fixture(scope="module")
def vps(converged: Site) -> Iterator[Vps]:
    yield converged.vps
    api(converged, "call 'flows/delete/by-query?namespace=load.test' -X DELETE")
    converged.vps.run(f"rm -rf {FOLDER}")


def write(vps: Vps, name: str, message: str = "hi", *, file: str = "") -> str:
    source = FLOW.format(name=name, message=message)
    path = f"{FOLDER}/{file or name}.yaml"
    vps.run(f"mkdir -p {FOLDER}/deeper; printf %s {shlex.quote(source)} > {path}")
    return source


def test_created_unchanged_updated(converged: Site, vps: Vps) -> None:
    source = write(vps, "one")
    write(vps, "two", file="deeper/any")
    assert run(vps, LOAD).stdout == "✓ load.test/one created\n✓ load.test/two created\n"
    write(vps, "two", "another", file="deeper/any")
    assert run(vps, LOAD).stdout == "✓ load.test/one unchanged\n✓ load.test/two updated\n"
    found = json.loads(api(converged, "call 'flows/load.test/one?source=true'"))
    assert (found["revision"], found["source"]) == (1, source)
    assert "load-flows" in vps.run(f"tail -n 1 {ROOT}/logs/audit.jsonl").stdout


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (
            "bad",
            FLOW.format(name="bad", message="x").replace("log.Log", "log.Nope"),
            "Invalid type",
        ),
        ("bad", "id: [", "YAML"),
        ("bad", FLOW.format(name="one", message="x"), "has the flow load.test/one as well"),
    ],
)
def test_one_is_refused_and_nothing_is_written(
    converged: Site, vps: Vps, file: str, content: str, said: str
) -> None:
    write(vps, "one", "changed")
    vps.run(f"printf %s {shlex.quote(content)} > {FOLDER}/{file}.yaml")
    done = run(vps, LOAD, 1)
    assert said in done.stderr
    assert "1 of 3 files are refused, see above; nothing was written" in done.stderr
    assert done.stdout == ""
    vps.run(f"rm {FOLDER}/{file}.yaml")
    write(vps, "one")
    assert "one unchanged" in run(vps, LOAD).stdout


def test_what_a_deploy_keeps_is_left_to_it(converged: Site, vps: Vps) -> None:
    with placed(converged) as folder:
        source = (folder / "one.yaml").read_text()
        vps.run(f"printf %s {shlex.quote(source)} > {FOLDER}/kept.yaml")
        assert "walk.test/one is kept by a deploy" in run(vps, LOAD, 1).stderr
        vps.run(f"rm {FOLDER}/kept.yaml")


def test_no_folder_and_no_flow_say_how(vps: Vps) -> None:
    assert "no folder /nowhere" in run(vps, f"{LOAD} /nowhere", 1).stderr
    assert "no flow in /root" in run(vps, f"{LOAD} /root/", 1).stderr
