"""The flows that come with the project, taken as they are: accepted, written once, run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kestra_provision import project
from tests.e2e.api import api
from tests.e2e.conftest import Site, changed

FOLDERS = ["flows", *(f"alerts/{name}" for name in ("slack", "pagerduty", "whatsapp"))]
#: What their alerts ask for.
SECRETS = (
    "SLACK_WEBHOOK_URL",
    "PAGERDUTY_ROUTING_KEY",
    *(f"WHATSAPP_{name}" for name in ("TOKEN", "PHONE_NUMBER_ID", "TO")),
)
#: What a run of it ends as, by the flow and its inputs; the tests' own Kestra runs these.
RUNS = {
    "default/hello-world name=Ada": "SUCCESS",
    "default/my-workflow": "SUCCESS",
    "devops/environment-orchestration action=stop": "SUCCESS",
    "examples/greet name=Ada": "SUCCESS",
    "examples/batch_file_processor": "SUCCESS",
    "examples/circuit_breaker_pattern": "SUCCESS",
    "examples/where-scripts-run": "SUCCESS",
    "system/smoke-test": "SUCCESS",
}
#: These need more of a Kestra than it has.
if "KESTRA_IMAGE_ARCHIVE" in os.environ:
    RUNS |= {
        "examples/greet-all": "SUCCESS",
        "examples/dry-run": "SUCCESS",
        "examples/api_health_monitor": "SUCCESS",
        "examples/api_health_monitor url=http://localhost:1/": "WARNING",
        "examples/distributed_transaction_saga": "SUCCESS",
        "examples/distributed_transaction_saga fail_at=payment": "FAILED",
        "system/retention days=1": "SUCCESS",
    }


@pytest.fixture(scope="module")
def site(converged: Site) -> Iterator[Site]:
    """With the folder beside its deploy.py, and its secrets; afterwards the server has none."""
    env = converged.workspace.directory / ".env"
    env.write_text("".join(f"SECRET_{name}=Obviously-fake-20\n" for name in SECRETS))
    folder: Path = converged.workspace.directory / "examples"
    folder.symlink_to(project.path("examples"))
    converged.declare(flows=[f"examples/{name}" for name in FOLDERS])
    yield converged
    converged.declare()
    for namespace in ("default", "devops", "analytics", "examples", "system"):
        api(converged, f"call 'flows/delete/by-query?namespace={namespace}' -X DELETE")
    converged.vps.run("rm -f /opt/kestra/config/flows.json")
    folder.unlink()
    env.unlink()
    assert converged.deploy().returncode == 0


def test_taken_as_they_are(site: Site) -> None:
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert changed(done) > 1, "the flows, and Kestra with their secrets"
    assert changed(site.deploy()) == 0


@pytest.mark.parametrize(("run", "state"), RUNS.items())
def test_it_runs(site: Site, run: str, state: str) -> None:
    flow, *inputs = run.split()
    words = [word for each in inputs for word in ("--input", each)]
    done = site.command("run", flow, *words, "--follow", "--json")
    assert json.loads(done.stdout)["execution"]["state"] == state, done.stdout


@pytest.mark.parametrize("credentials", ["", "-u somebody:Fake-wrong-1"])
def test_a_webhook_wants_no_credentials(site: Site, credentials: str) -> None:
    path = "executions/webhook/default/hello-world/hello-world-trigger"
    name = f"Web{len(credentials)}"
    body = f"-H 'Content-Type: application/json' -d '{{\"name\": \"{name}\"}}'"
    post = f"curl -s {credentials} {body} $base/{path}"
    key = json.loads(api(site, post))["id"]
    followed = site.command("executions", "follow", key)
    assert followed.returncode == 0, followed.stderr
    assert f"Hello, {name}!" in followed.stdout
    exported = site.command("executions", "export", "--flow", "default/hello-world")
    assert key in exported.stdout
    assert "Basic" not in exported.stdout, "the execution has the headers of its caller"
