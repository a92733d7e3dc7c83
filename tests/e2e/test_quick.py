"""Profile `quick` on a server: one Kestra, whose data outlives its container."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.quick import Quick
from tests.e2e.aftermath import assert_continues, assert_tidy, secrets_sum
from tests.e2e.api import api, execute
from tests.e2e.conftest import WAIT_FOR_KESTRA, Site, changed, found, releasing, stopping
from tests.e2e.drifts import waves
from tests.e2e.drifts_running import runs_as_declared
from tests.e2e.host_scripts import HEALTH, STACKS, TOOLS, health, run, running, without_compose
from tests.e2e.sample import fair
from tests.e2e.under_way import deploying, interrupted_at, killed_at
from tests.e2e.verify import verified
from tests.e2e.walk import walked

STACK = stack_of(Quick())
KESTRA = STACK.main.container
(KEPT,) = STACK.keeps
(STORE,) = STACK.stores
WAVES = waves(STACK)


@pytest.fixture(scope="module")
def fresh(new_site: Callable[..., Site]) -> Site:
    """A server with Docker and nothing of ours."""
    return new_site("quick", docker=True).of_profile("quick")


@pytest.fixture(scope="module")
def first(fresh: Site) -> CompletedProcess[str]:
    """The first deploy."""
    return fresh.deploy()


@pytest.fixture
def site(fresh: Site, first: CompletedProcess[str]) -> Site:
    """The provisioned server; who breaks it mends it."""
    assert first.returncode == 0, first.stdout + first.stderr
    return fresh


def kept(site: Site, execution: str) -> bool:
    """Whether the execution and its flow are known."""
    return bool(json.loads(api(site, f"call executions/{execution}")).get("id") == execution)


def test_first_deploy_reaches_healthy_and_says_what_can_be_lost(
    first: CompletedProcess[str], fresh: Site
) -> None:
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{fresh.vps.name}  healthy" in first.stderr
    assert KEPT in " ".join(first.stderr.split())
    containers = fresh.vps.run("docker ps -a --format '{{.Names}}'").stdout.split()
    assert containers == [KESTRA]
    assert fresh.vps.run("docker volume ls -q").stdout == ""
    assert fresh.vps.run(f"test -s {STORE.path}", check=False).returncode == 0


def test_second_run_changes_nothing(site: Site) -> None:
    assert site.plan() == []
    assert changed(site.deploy()) == 0
    assert found(site.drift()) == []


def test_status_and_doctor_say_it_too(site: Site) -> None:
    for command in ("status", "doctor"):
        done = site.command(command, site.vps.name)
        assert done.returncode == 0, done.stdout + done.stderr
        assert KEPT in " ".join(done.stdout.split()), command


def test_machine_tests_pass(site: Site) -> None:
    verified(site.vps)


@pytest.mark.parametrize(
    "removal",
    fair(
        [
            "cd /opt/kestra && docker compose down -v",
            f"docker stop {KESTRA} && docker rm {KESTRA}",
            f"docker kill {KESTRA} && docker rm {KESTRA}",
        ],
        3,
    ),
)
def test_data_outlives_the_container(site: Site, removal: str) -> None:
    execution = execute(site, "kept", "PT0.1S")
    ended = f"until call executions/{execution} | grep -q SUCCESS; do sleep 0.2; done"
    # H2 writes what was committed half a second later, which a kill does not wait for.
    api(site, f"{ended}; sleep 2")
    site.vps.run(removal)
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(site, execution)
    assert json.loads(api(site, "call flows/restart.test/kept"))["id"] == "kept"


@pytest.mark.parametrize("wave", fair(WAVES, 7))
def test_walk(site: Site, wave: str) -> None:
    walked(site, WAVES[wave])


@pytest.mark.parametrize(
    "point",
    fair(
        [
            "secrets | .env with settings and secrets",
            "files | compose.yaml and application.yaml",
            runs_as_declared(STACK),
            "compose up: ",
        ],
        2,
    ),
)
def test_killed_run_is_continued(site: Site, point: str) -> None:
    """As if nothing but Docker, the images and the data were there; the key is the data's own."""
    execution, before = execute(site, "before", "PT0.1S"), secrets_sum(site)
    site.vps.run(
        f"docker stop {KESTRA}; cp -p /opt/kestra/.env /root/env; docker network prune -f; "
        f"rm -r /opt/kestra/compose.yaml /opt/kestra/config /opt/kestra/scripts; "
        f"docker rm {KESTRA}"
    )
    killed_at(site, point if ": " in point else f"Starting operation: {point}")
    assert_continues(site)
    assert secrets_sum(site) == before
    assert kept(site, execution)


def test_cut_off_while_kestra_is_waited_for(site: Site) -> None:
    for cut_off in (interrupted_at, killed_at):
        site.vps.run(stopping(KESTRA))
        cut_off(site, "waiting for ")
        site.vps.run(f"{releasing(KESTRA)}; {WAIT_FOR_KESTRA}")
    assert_continues(site)


def test_secrets_lost_under_a_database_are_refused(site: Site) -> None:
    before = secrets_sum(site)
    configuration = "/opt/kestra/config/application.yaml"
    site.vps.run(f"docker rm -f {KESTRA}; mv /opt/kestra/.env /root/env; rm {configuration}")
    refused = site.deploy()
    site.vps.run("mv /root/env /opt/kestra/.env")
    assert refused.returncode == 1
    assert f"KESTRA_ENCRYPTION_SECRET_KEY of the database in {STORE.path}" in refused.stderr
    assert_continues(site)
    assert_tidy(site, before)


def test_runbooks_stop_start_and_restart(site: Site) -> None:
    name = site.vps.name
    stopped = site.command("stop", name, "--yes")
    assert stopped.returncode == 0, stopped.stderr
    assert not running(site.vps, KESTRA)
    started = site.command("start", name, "--yes")
    assert started.returncode == 0, started.stderr
    assert "overallHealth=healthy" in started.stderr
    with deploying(site, "--data", "reason=a new kernel", file="runbooks/restart.py") as again:
        # It goes on only when there is work, which ends while the run waits for it.
        again.until("Starting operation: restart | step 3/")
        again.send(signal.SIGSTOP)
        execution = execute(site, "awaited", "PT15S")
        again.send(signal.SIGCONT)
        assert again.end() == 0, again.said
        assert "waiting for 1 execution to end" in again.said
        assert "overallHealth=healthy" in again.said
    ended = json.loads(api(site, f"call executions/{execution}"))
    assert ended["state"]["current"] == "SUCCESS"
    assert "a new kernel" in site.command("audit", name).stdout


def test_scripts_of_the_host(site: Site) -> None:
    vps = site.vps
    seen = health(vps, "kestra")
    assert (seen["overallHealth"], seen["kestra"]["container"]) == ("healthy", KESTRA)
    assert [service["name"] for service in json.loads(run(vps, HEALTH).stdout)["services"]] == [
        "kestra"
    ]
    assert f"{KESTRA}: healthy (running)" in run(vps, f"{TOOLS}/status.sh").stdout
    assert run(vps, f"{TOOLS}/logs.sh --tail 3").stdout
    assert "✓ " in run(vps, f"{TOOLS}/stop.sh").stdout
    assert not running(vps, KESTRA)
    assert run(vps, f"{TOOLS}/status.sh", code=2).stdout
    started = run(vps, f"{TOOLS}/run.sh --detach")
    assert f"✓ {KESTRA}: /health answers 200" in started.stderr
    run(vps, f"{STACKS}/stop-stacks.sh --phase quick")
    assert not running(vps, KESTRA)
    run(vps, f"{STACKS}/start-stacks.sh --phase quick")
    assert health(vps, "kestra")["overallHealth"] == "healthy"
    assert site.plan() == []


@pytest.mark.long
def test_a_host_without_compose_starts_the_same(site: Site) -> None:
    site.vps.run(f"docker rm -f {KESTRA}")
    with without_compose(site.vps):
        done = run(site.vps, f"{TOOLS}/run.sh --detach")
    assert "docker compose is missing" in done.stderr
    assert health(site.vps, "kestra")["overallHealth"] == "healthy"
    assert_continues(site)
