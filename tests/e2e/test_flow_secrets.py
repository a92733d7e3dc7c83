"""Secrets of flows: they reach the flow that asks, and nobody else; they change, and they go."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed
from tests.vps.workspace import clean_environment

NAMESPACE = "secrets.test"
IN_FILE = 'Canary3 grüße € $HOME "double" `x`'
BY_COMMAND = "Canary4 'single' ${X}\\n\nsecond line, no end"
ROTATED = "Canary5-rotated"
CORE, SHELL = "io.kestra.plugin.core", "io.kestra.plugin.scripts.shell.Commands"
RUNNER = f"taskRunner: {{type: {CORE}.runner.Process}}"
FLOW = f"""\
id: asks
namespace: {NAMESPACE}
tasks:
  - {{id: file, type: {CORE}.debug.Return, format: "{{{{ secret('IN_FILE') }}}}"}}
  - {{id: command, type: {CORE}.debug.Return, format: "{{{{ secret('BY_COMMAND') }}}}"}}
  - {{id: inherits, type: {SHELL}, {RUNNER}, commands: ["env"]}}
  - id: named
    type: {SHELL}
    {RUNNER}
    env: {{SECRET_IN_FILE: "{{{{ secret('IN_FILE') }}}}"}}
    commands: ["test -n \\"$SECRET_IN_FILE\\""]
"""


@pytest.fixture(scope="module")
def folder(converged: Site) -> Iterator[Path]:
    """The folder of flows of the namespace; afterwards the server is as it was."""
    directory = converged.workspace.directory
    folder = directory / "flows" / NAMESPACE
    folder.mkdir(parents=True)
    yield folder
    converged.declare()
    (directory / ".env").unlink(missing_ok=True)
    api(converged, f"call 'flows/delete/by-query?namespace={NAMESPACE}' -X DELETE")
    converged.vps.run("rm -f /opt/kestra/config/flows.json")
    shutil.rmtree(directory / "flows")
    assert converged.deploy().returncode == 0


def give(site: Site, **secrets: str) -> None:
    lines = [f"SECRET_{name}='{value}'\n" for name, value in secrets.items()]
    (site.workspace.directory / ".env").write_text("".join(lines), encoding="utf-8")


def outputs(site: Site) -> dict[str, object]:
    """Of the tasks of an execution that ends well."""
    key = json.loads(api(site, f"call executions/{NAMESPACE}/asks -X POST"))["id"]
    for _ in range(120):
        found = json.loads(api(site, f"call executions/{key}"))
        if found["state"]["current"] in ("SUCCESS", "FAILED", "WARNING"):
            break
        time.sleep(0.5)
    logs = api(site, f"call logs/{key}")
    assert found["state"]["current"] == "SUCCESS", logs
    runs = {run["taskId"]: (run.get("outputs") or {}).get("value") for run in found["taskRunList"]}
    return {**runs, "logs": logs}


def listed(site: Site) -> dict[str, tuple[str, str]]:
    """Source and state of each by name."""
    told = json.loads(site.command("secrets", "list", "--json").stdout)
    (host,) = told["hosts"]
    return {each["name"]: (each["source"], each["state"]) for each in host["secrets"]}


def test_one_that_nobody_gives_is_named_before_anything_changes(
    converged: Site, folder: Path
) -> None:
    (folder / "asks.yaml").write_text(FLOW, encoding="utf-8")
    before = converged.fingerprint()
    refused = converged.deploy()
    assert refused.returncode == 1
    assert f"flows/{NAMESPACE}/asks.yaml:4" in refused.stderr
    assert "nobody gives SECRET_IN_FILE" in refused.stderr
    assert "nobody gives SECRET_BY_COMMAND" in refused.stderr
    assert converged.fingerprint() == before


def test_a_flow_has_them_to_the_byte(converged: Site, folder: Path) -> None:
    words = [sys.executable, "-c", f"import sys; sys.stdout.write({BY_COMMAND + chr(10)!r})"]
    give(converged, IN_FILE=IN_FILE)
    converged.declare(flow_secrets={"BY_COMMAND": words})
    assert listed(converged) == {
        "BY_COMMAND": (f"{sys.executable} …", "missing"),
        "IN_FILE": (".env", "missing"),
    }
    done = converged.deploy("--diff", "-vvv")
    assert done.returncode == 0, done.stderr
    assert changed(converged.deploy()) == 0
    found = outputs(converged)
    assert (found["file"], found["command"]) == (IN_FILE, BY_COMMAND)
    assert "SECRET_IN_FILE=\\n" in str(found["logs"]).replace('"', "\\n")
    drift = converged.command("drift", "inventory", "--json").stdout
    shown = f"{done.stdout}{done.stderr}{drift}{found['logs']}"
    assert "Canary3" not in shown
    assert "Canary4" not in shown


def test_kestra_alone_has_them(converged: Site, folder: Path) -> None:
    run, file = converged.vps.run, "/opt/kestra/config/flow-secrets.env"
    # In a file, or the search itself would be what it finds.
    run(f"umask 077; sed -n 's/^SECRET_[A-Z_]*=//p' {file} > /run/patterns")
    assert run("wc -l < /run/patterns; stat -c %a:%u " + file).stdout == "2\n640:0\n"
    search = "grep -caF -f /run/patterns"
    told = "docker inspect $(docker ps -aq); cat /proc/[0-9]*/cmdline"
    assert run(f"{{ {told}; }} | {search}", check=False).stdout == "0\n"
    for container in ("tools-kestra", "tools-kestra-postgres"):
        first = f"docker exec {container} cat /proc/1/environ | {search}"
        assert run(first, check=False).stdout == "0\n"
    assert run(f"cat /proc/[0-9]*/environ | {search}").stdout != "0\n", "it finds what is there"


def test_another_hand_is_named_and_put_back(converged: Site, folder: Path) -> None:
    file = "/opt/kestra/config/flow-secrets.env"
    converged.vps.run(f"sed -i 's/^SECRET_IN_FILE=.*/SECRET_IN_FILE=eA==/' {file}")
    drift = converged.command("drift", "inventory", "--json")
    assert drift.returncode == 2
    assert "SECRET_IN_FILE" in drift.stdout
    assert "SECRET_BY_COMMAND" not in drift.stdout
    assert converged.deploy().returncode == 0
    assert outputs(converged)["file"] == IN_FILE


def test_the_value_of_one_is_no_key(converged: Site, folder: Path) -> None:
    """Nor is it shown: one that the laptop has in a file, one that only the host has by now."""
    keys, before = folder / "_kv.yaml", converged.fingerprint()
    for name, value in (("IN_FILE", IN_FILE), ("BY_COMMAND", BY_COMMAND)):
        keys.write_text(f"shade: {json.dumps(value)}\n", encoding="utf-8")
        for words in (["deploy", "-y"], ["flows", "apply", "-y"], ["flows", "diff"], ["plan"]):
            done = converged.command(*words)
            said = done.stdout + done.stderr
            assert done.returncode == 1, said
            assert f"shade has the value of SECRET_{name}" in said, (words, said)
            assert "Canary" not in said, words
    keys.unlink()
    for value in (IN_FILE, BY_COMMAND):
        done = converged.command("kv", "set", f"{NAMESPACE}/shade", value)
        assert done.returncode == 1
        assert "shade has the value of SECRET_" in done.stderr
        assert "Canary" not in done.stderr
    assert converged.fingerprint() == before


def test_a_new_value_arrives_with_one_command_and_old_ones_go(
    converged: Site, folder: Path
) -> None:
    give(converged, IN_FILE=IN_FILE, NOBODY="asks")
    assert converged.deploy().returncode == 0
    give(converged, IN_FILE=IN_FILE)
    done = subprocess.run(
        [Path(sys.executable).parent / "kestra-provision", "secrets", "set", "IN_FILE", "--yes"],
        cwd=converged.workspace.directory,
        env=clean_environment(),
        input=f"{ROTATED}\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "SECRET_IN_FILE, SECRET_NOBODY" in f"{done.stdout}{done.stderr}"
    assert ROTATED not in f"{done.stdout}{done.stderr}"
    assert outputs(converged)["file"] == ROTATED
    assert {*listed(converged)} == {"BY_COMMAND", "IN_FILE"}
