"""Executions from the laptop, and the smoke test, on a server that runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed, found

CANARY = "flows/system/smoke-test"
_CORE = "io.kestra.plugin.core"
_FLOWS = f"""\
id: greet
namespace: executions.test
inputs:
  - id: who
    type: STRING
  - id: times
    type: INT
    defaults: 1
  - id: letter
    type: FILE
    required: false
tasks:
  - id: say
    type: {_CORE}.log.Log
    message: "hello {{{{ inputs.who }}}}, {{{{ read(inputs.letter) }}}}"
---
id: fails
namespace: executions.test
tasks:
  - id: before
    type: {_CORE}.log.Log
    message: not yet
  - id: fall
    type: {_CORE}.execution.Fail
    errorMessage: over the edge
---
id: waits
namespace: executions.test
tasks:
  - id: wait
    type: {_CORE}.flow.Sleep
    duration: PT300S
"""


@pytest.fixture(scope="module")
def site(converged: Site) -> Iterator[Site]:
    """With three flows that no repository knows; the server has none of it afterwards."""
    for flow in _FLOWS.split("---\n"):
        put = "-X POST -H 'Content-Type: application/x-yaml' --data-binary"
        quoted = flow.replace("'", "'\\''")
        assert "executions.test" in api(converged, f"call flows {put} '{quoted}'")
    yield converged
    converged.declare()
    for query in ("executions.test", "system"):
        api(converged, f"call 'flows/delete/by-query?namespace={query}' -X DELETE")
    assert changed(converged.deploy()) == 0


def told(done: CompletedProcess[str], code: int = 0) -> dict[str, Any]:
    """Its JSON."""
    assert done.returncode == code, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert (answer["version"], answer["exit_code"]) == (1, code)
    return answer


def start(site: Site, flow: str, *more: str) -> str:
    done = site.command("run", f"executions.test/{flow}", *more, "--json")
    return str(told(done)["execution"]["id"])


def test_a_deploy_ends_with_a_flow_that_ran(site: Site) -> None:
    site.declare(smoke_test=True)
    done = site.deploy()
    assert done.returncode == 0, done.stderr
    assert changed(done) == 1
    assert "came back from the storage" in done.stderr
    before = json.loads(api(site, f"call {CANARY}"))["revision"]
    again = site.deploy()
    assert changed(again) == 0
    assert "came back from the storage" in again.stderr
    assert json.loads(api(site, f"call {CANARY}"))["revision"] == before
    assert found(site.drift()) == []


def test_somebody_changed_the_canary(site: Site) -> None:
    site.declare(smoke_test=True)
    put = "-X PUT -H 'Content-Type: application/x-yaml' --data-binary"
    broken = (
        f"id: smoke-test\nnamespace: system\ntasks:\n- {{id: f, type: {_CORE}.execution.Fail}}\n"
    )
    api(site, f"call {CANARY} {put} '{broken}'")
    assert [each["what"] for each in found(site.drift())] == ["flow system/smoke-test"]
    done = site.command("smoke", "-y")
    assert done.returncode == 0, done.stderr
    assert "SUCCESS" in done.stderr
    assert found(site.drift()) == []
    assert "smoke-test" not in site.command("flows", "list").stdout


def test_run_and_follow(site: Site) -> None:
    letter = site.workspace.directory / "letter.txt"
    letter.write_text("dear Ada")
    words = ["executions.test/greet", "--input", "who=Ada", "--input", f"letter=@{letter}"]
    done = site.command("run", *words, "--follow")
    assert done.returncode == 0, done.stderr
    assert "INFO  say: hello Ada, dear Ada\n" in done.stdout
    assert "executions.test/greet" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["executions.test/greet"], "Missing required input:who"),
        (["executions.test/greet", "--input", "who=a", "--input", "times=x"], "`times`"),
        (["executions.test/greet", "--input", "whom=a"], "did you mean who?"),
        (["executions.test/gret"], "did you mean executions.test/greet?"),
    ],
)
def test_what_cannot_be_started(site: Site, words: list[str], said: str) -> None:
    done = site.command("run", *words)
    assert done.returncode == 1
    assert said in done.stderr


def test_one_that_failed_and_its_replay(site: Site) -> None:
    done = site.command("run", "executions.test/fails", "--follow", "--json")
    answer = told(done, 1)
    assert answer["execution"]["state"] == "FAILED"
    assert [each["level"] for each in answer["log"]] == ["INFO", "ERROR"]
    key = answer["execution"]["id"]
    assert "over the edge" in site.command("executions", "logs", key).stdout
    again = told(
        site.command("executions", "replay", key, "--from", "fall", "--follow", "--json"), 1
    )
    assert again["execution"]["id"] != key
    assert [each["task"] for each in again["log"]] == ["fall"]
    words = ["--flow", "executions.test/fails", "--state", "failed", "--since", "1h"]
    (host,) = told(site.command("executions", "list", *words, "--json"))["hosts"]
    assert {each["id"] for each in host["executions"]} == {key, again["execution"]["id"]}
    exported = site.command("executions", "export", *words, "--until", "0s")
    assert exported.stdout.count(",FAILED,") == 2


def test_one_that_is_killed(site: Site) -> None:
    key = start(site, "waits")
    done = site.command("executions", "follow", key, "--timeout", "1")
    assert (done.returncode, f"executions follow {key}" in done.stderr) == (1, True)
    for _ in range(2):
        killed = told(site.command("executions", "kill", key, "--json"))
        assert killed["execution"]["state"] == "KILLED"
