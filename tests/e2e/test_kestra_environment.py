"""What an operator gives to Kestra reaches it byte for byte, and takes effect."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed, found
from tests.e2e.host_scripts import TOOLS, health, run, without_compose

KESTRA = "kestra-quick"
AWKWARD = "ä $HOME ${HOME} $$ \"q\" 'a' `b` \\ #\nzwei\tdrei \x01 🚀 "
BACKEND = "http://me:Obviously-fake-8@127.0.0.1:9123/path"
WEBHOOKS = "executions/webhook/environment.test"
DECLARED: dict[str, Any] = {
    "kestra_env": {"ENV_AWKWARD": AWKWARD, "BACKEND_URL": BACKEND, "API_TOKEN": "Obviously-fake-9"},
    "kestra_config": "kestra:\n  variables:\n    globals: {mine: 'of ${API_TOKEN:}', text: äöü}\n",
    "kestra_open_urls": [f"/api/v1/main/{WEBHOOKS}/opened/"],
    "kestra_log_levels": {"root": "WARN", "io.kestra": "WARN"},
    "kestra_json_logs": True,
    "kestra_worker_threads": 5,
    "kestra_executor_threads": 7,
    "kestra_time_zone": "America/Sao_Paulo",
}
FLOW = """\
id: {name}
namespace: environment.test
tasks:
  - id: said
    type: io.kestra.plugin.core.log.Log
    message: "{{{{ envs.awkward }}}}|{{{{ globals.text }}}}|"
triggers:
  - {{id: called, type: io.kestra.plugin.core.trigger.Webhook, key: Obviously-fake-10}}
"""


@pytest.fixture(scope="module")
def fresh(new_site: Callable[..., Site]) -> Site:
    """A server with Docker, and a repository that declares everything."""
    site = new_site("environment", docker=True).of_profile("quick")
    site.declare(**DECLARED)
    return site


@pytest.fixture(scope="module")
def first(fresh: Site) -> CompletedProcess[str]:
    return fresh.deploy()


@pytest.fixture
def site(fresh: Site, first: CompletedProcess[str]) -> Iterator[Site]:
    """The provisioned server, as declared before and after."""
    assert first.returncode == 0, first.stdout + first.stderr
    yield fresh
    fresh.declare(**DECLARED)


def variables(site: Site) -> dict[str, str]:
    """Of the container, as Docker has them."""
    told = site.vps.run(f"docker inspect -f '{{{{json .Config.Env}}}}' {KESTRA}").stdout
    return dict(line.split("=", 1) for line in json.loads(told))


def test_variables_arrive_byte_for_byte(site: Site) -> None:
    there = variables(site)
    assert {name: there[name] for name in DECLARED["kestra_env"]} == DECLARED["kestra_env"]
    # What the server itself was started with.
    asked = f"docker exec {KESTRA} bash -c 'base64 -w0 /proc/1/environ'"
    environ = base64.b64decode(site.vps.run(asked).stdout).split(b"\0")
    assert f"ENV_AWKWARD={AWKWARD}".encode() in environ


def test_flows_read_them_and_only_opened_webhooks_need_no_password(site: Site) -> None:
    for name in ("opened", "closed"):
        flow = base64.b64encode(FLOW.format(name=name).encode()).decode()
        send = "call flows -X POST -H 'Content-Type: application/x-yaml' --data-binary @-"
        assert json.loads(api(site, f"echo {flow} | base64 -d | {send}"))["id"] == name
    ask = f"curl -s -w ' %{{http_code}}' -X POST $base/{WEBHOOKS}"
    closed = f"{ask}/closed/Obviously-fake-10"
    as_somebody, as_us = "-u me@example.com:Fake-passw0rd", '-u "$KESTRA_BASICAUTH_USERNAME:'
    as_us += '$KESTRA_BASICAUTH_PASSWORD"'
    assert api(site, closed).split()[-1] == "401"
    assert api(site, f"{closed} {as_somebody}").split()[-1] == "401"
    assert api(site, f"{closed} {as_us}").split()[-1] == "200"
    assert api(site, "curl -s -o /dev/null -w '%{http_code}' $base/flows/search") == "401"
    told, status = api(site, f"{ask}/opened/Obviously-fake-10").rsplit(" ", 1)
    assert status == "200", told
    logs = f"call logs/{json.loads(told)['id']}"
    api(site, f"for i in $(seq 100); do {logs} | grep -q zwei && break; sleep 0.2; done")
    (said,) = [line["message"] for line in json.loads(api(site, logs)) if "|" in line["message"]]
    assert said == f"{AWKWARD}|äöü|"


def test_threads_logs_and_time_zone_take_effect(site: Site) -> None:
    metrics = site.vps.run("curl -s http://127.0.0.1:8081/prometheus").stdout.splitlines()
    assert "kestra_worker_job_thread 5.0" in metrics
    assert "kestra_executor_thread_count 7.0" in metrics
    assert variables(site)["TZ"] == "America/Sao_Paulo"
    lines = site.vps.run(f"docker logs {KESTRA} 2>&1").stdout.splitlines()
    (ready,) = [line for line in lines if "Health endpoint is available" in line]
    assert json.loads(ready)["log.level"] == "INFO"
    # By that line it is known that Kestra is ready.
    assert health(site.vps, "kestra")["overallHealth"] == "healthy"


def test_second_deploy_changes_nothing(site: Site) -> None:
    assert site.plan() == []
    assert changed(site.deploy()) == 0
    assert found(site.drift()) == []


def test_a_host_without_compose_gives_the_same(site: Site) -> None:
    before = variables(site)
    site.vps.run(f"docker rm -f {KESTRA}")
    with without_compose(site.vps):
        run(site.vps, f"{TOOLS}/run.sh --detach")
    assert variables(site) == before
    assert site.deploy().returncode == 0


def test_a_change_is_planned_named_and_made(site: Site) -> None:
    env = {**DECLARED["kestra_env"], "ENV_MORE": "new here", "API_TOKEN": "Obviously-fake-11"}
    site.declare(**{**DECLARED, "kestra_env": env})
    told = site.command("plan", site.vps.name).stdout
    assert "kestra_env" in told
    assert "new here" in told
    assert "Obviously-fake-9" not in told
    assert "Obviously-fake-11" not in told
    assert any("compose.yaml and .env" in finding["actual"] for finding in found(site.drift()))
    done = site.deploy()
    assert done.returncode == 0, done.stderr
    assert "Obviously-fake-11" not in done.stdout + done.stderr
    assert variables(site)["ENV_MORE"] == "new here"
    assert variables(site)["API_TOKEN"] == "Obviously-fake-11"


def test_the_doctor_asks_for_the_backend_from_inside(site: Site) -> None:
    refused = site.command("doctor", site.vps.name).stdout
    assert "BACKEND_URL (http://127.0.0.1:9123): the connection is refused" in " ".join(
        refused.split()
    )
    assert "Obviously-fake-8" not in refused
    env = {"BACKEND_URL": "http://nowhere.invalid/", "OTHER_URL": "http://127.0.0.1:8080/"}
    site.declare(**{**DECLARED, "kestra_env": env})
    told = " ".join(site.command("doctor", site.vps.name).stdout.split())
    assert "BACKEND_URL (http://nowhere.invalid:80): its name is not known there" in told
    assert "OTHER_URL" not in told
