"""Profile `devorch` on a server: Kestra beside n8n on one PostgreSQL, and a sidecar."""

from __future__ import annotations

import json
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from tests.e2e.aftermath import assert_continues, assert_tidy, secrets_sum
from tests.e2e.api import api, execute
from tests.e2e.conftest import Site, changed, found
from tests.e2e.devorch import (
    GIVEN,
    KESTRA,
    N8N,
    POSTGRES,
    SIDECAR,
    STACK,
    devorch_site,
    kept,
    key_of_n8n,
    mark,
    sql,
)
from tests.e2e.drifts import waves
from tests.e2e.drifts_devorch import waves_of_devorch
from tests.e2e.drifts_running import runs_as_declared
from tests.e2e.host_scripts import STACKS, health, run, running, without_compose
from tests.e2e.sample import fair
from tests.e2e.under_way import killed_at
from tests.e2e.verify import verified
from tests.e2e.walk import walked

WAVES = waves_of_devorch(STACK) | waves(STACK)


@pytest.fixture(scope="module")
def fresh(new_site: Callable[..., Site]) -> Site:
    """A server with Docker and nothing of ours."""
    return devorch_site(new_site)


@pytest.fixture(scope="module")
def first(fresh: Site) -> CompletedProcess[str]:
    return fresh.deploy()


@pytest.fixture
def site(fresh: Site, first: CompletedProcess[str]) -> Site:
    """The provisioned server; who breaks it mends it."""
    assert first.returncode == 0, first.stdout + first.stderr
    return fresh


def test_first_deploy_reaches_healthy_and_says_where_both_are(
    first: CompletedProcess[str], fresh: Site
) -> None:
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{fresh.vps.name}  healthy" in first.stderr
    assert "then open http://localhost:8080/" in first.stderr
    assert f"{fresh.vps.name}: n8n: ssh -N" in first.stderr
    assert "then open http://localhost:5678/" in first.stderr
    assert not [value for value in GIVEN.values() if value in first.stdout + first.stderr]


def test_second_run_changes_nothing(site: Site) -> None:
    assert site.plan() == []
    assert changed(site.deploy()) == 0
    assert found(site.drift()) == []


def test_each_has_a_role_and_a_database_of_its_own(site: Site) -> None:
    site.vps.run(f"docker exec {POSTGRES} pg_isready -U n8n -d n8n")
    assert sql(
        site,
        "select datname || '=' || pg_get_userbyid(datdba) from pg_database "
        "where not datistemplate order by 1",
    ).split() == ["kestra=kestra", "n8n=n8n", "postgres=postgres"]
    assert sql(site, "select rolname from pg_roles where rolsuper or rolcreaterole") == "postgres"
    refused = "has_database_privilege('n8n', 'kestra', 'CONNECT')"
    assert sql(site, f"select {refused}") == "f"
    assert sql(site, "select count(*) > 5 from pg_tables where tableowner = 'n8n'", "n8n") == "t"


def test_secrets_that_were_given_are_those_of_n8n(site: Site) -> None:
    assert key_of_n8n(site) == GIVEN["N8N_ENCRYPTION_KEY"]
    config = site.vps.run("stat -c '%a %u' /opt/kestra/tools/n8n/data/config")
    assert config.stdout.split() == ["600", "1000"]


def test_status_doctor_and_credentials_know_all_of_them(site: Site) -> None:
    name = site.vps.name
    status = site.command("status", name)
    assert status.returncode == 0, status.stdout + status.stderr
    assert not [each for each in STACK.containers.values() if each not in status.stdout]
    doctor = site.command("doctor", name)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    for row in ("database login of kestra", "database login of n8n", "n8n's readiness"):
        assert f"✓ {row}" in doctor.stdout
    shown = site.command("credentials", name, "--force").stdout
    assert not [secret for secret in STACK.secret_names if secret not in shown]


def test_machine_tests_pass(site: Site) -> None:
    verified(site.vps)


@pytest.mark.parametrize("wave", fair(WAVES, 12))
def test_walk(site: Site, wave: str) -> None:
    walked(site, WAVES[wave])


def test_data_outlives_the_containers(site: Site) -> None:
    mark(site)
    execution = execute(site, "kept", "PT0.1S")
    api(site, f"until call executions/{execution} | grep -q SUCCESS; do sleep 0.2; done")
    site.vps.run("cd /opt/kestra && docker compose down")
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(site)
    assert key_of_n8n(site) == GIVEN["N8N_ENCRYPTION_KEY"]
    assert json.loads(api(site, f"call executions/{execution}"))["id"] == execution


@pytest.mark.parametrize(
    "point",
    fair(
        [
            "compose up: PostgreSQL, for the databases on it",
            "secrets | .env with settings and secrets",
            runs_as_declared(STACK),
            "✓ database kestra of role kestra",
            "compose up: Kestra starts",
        ],
        5,
    ),
)
def test_killed_first_run_is_continued(site: Site, point: str) -> None:
    """As if nothing but Docker and the images were there."""
    site.vps.run(
        "docker rm -f $(docker ps -aq); docker volume rm devorch_postgres-data; "
        "docker network prune -f; rm -rf /opt/kestra; systemctl stop kestra-watch@devorch.timer"
    )
    start = "" if ": " in point or point.startswith("✓") else "Starting operation: "
    killed_at(site, f"{start}{point}")
    assert_continues(site)
    assert sql(site, "select 1 from pg_roles where rolname = 'n8n'") == "1"


def test_key_that_data_was_made_with_is_kept(site: Site) -> None:
    before = secrets_sum(site)
    site.vps.run("sed -i 's/^N8N_ENCRYPTION_KEY=.*/N8N_ENCRYPTION_KEY=Edited-1/' /opt/kestra/.env")
    refused = site.deploy()
    assert refused.returncode == 1
    assert f"docker rm -f {N8N} && mv " in " ".join(refused.stderr.split())
    # The other way out: without the line, the container's is taken.
    site.vps.run("sed -i '/^N8N_ENCRYPTION_KEY=/d' /opt/kestra/.env")
    assert site.deploy().returncode == 0
    assert_tidy(site, before)


@pytest.mark.long
def test_password_of_a_role_is_that_of_env(site: Site) -> None:
    edited = "sed -i 's/^{0}=.*/{0}=Edited-by-hand-{0}-1/' /opt/kestra/.env"
    another = "alter role n8n password 'Another-one-2'"
    for database, secret, by_hand in (
        ("n8n", "N8N_DB_PASSWORD", f'docker exec {POSTGRES} psql -U postgres -c "{another}"'),
        ("n8n", "N8N_DB_PASSWORD", edited.format("N8N_DB_PASSWORD")),
        # In a file, where n8n has its in a variable.
        ("kestra", "KESTRA_DB_PASSWORD", edited.format("KESTRA_DB_PASSWORD")),
    ):
        site.vps.run(by_hand)
        before = secrets_sum(site)
        (finding,) = [f for f in found(site.drift()) if f["what"] == f"database {database}"]
        assert secret in finding["actual"]
        assert site.deploy().returncode == 0
        assert_tidy(site, before)


def test_name_that_data_was_not_made_with_is_refused(site: Site) -> None:
    site.declare(n8n_db_name="other")
    refused = site.deploy()
    site.declare()
    assert refused.returncode == 1
    assert "was made with n8n_db_name = 'n8n'" in refused.stderr


def test_runbooks_take_along_who_needs_what_is_stopped(site: Site) -> None:
    name = site.vps.name
    alone = site.command("stop", name, "--yes")
    assert alone.returncode == 0, alone.stderr
    assert not running(site.vps, KESTRA)
    assert running(site.vps, N8N)
    assert running(site.vps, SIDECAR)
    database = site.command("stop", name, "--yes", "--postgres")
    assert database.returncode == 0, database.stderr
    said = database.stderr
    assert said.index("n8n stops") < said.index("PostgreSQL stops")
    assert not running(site.vps, N8N)
    assert not running(site.vps, POSTGRES)
    assert running(site.vps, SIDECAR)
    started = site.command("start", name, "--yes")
    assert started.returncode == 0, started.stderr
    restarted = site.command("restart", name, "--yes", "--n8n", "--reason", "an update")
    assert restarted.returncode == 0, restarted.stderr
    assert "overallHealth=healthy" in restarted.stderr
    assert found(site.drift()) == []


def test_scripts_of_the_host(site: Site) -> None:
    vps, services = site.vps, "kestra,sidecar,n8n,postgres"
    assert health(vps, services)["overallHealth"] == "healthy"
    run(vps, f"{STACKS}/stop-stacks.sh --phase devorch")
    assert health(vps, services)["overallHealth"] == "down"
    with site.port_taken(5678):
        partly = run(vps, f"{STACKS}/start-stacks.sh --phase devorch", code=1)
        assert "n8n is not started" in partly.stderr
        assert "n8n_port (N8N_PORT)" in partly.stderr
        seen = health(vps, services)
        assert [each for each in services.split(",") if seen[each]["health"] == "down"] == ["n8n"]
    run(vps, f"{STACKS}/start-stacks.sh --phase devorch")
    assert health(vps, services)["overallHealth"] == "healthy"
    assert site.plan() == []


@pytest.mark.long
def test_a_host_without_compose_starts_the_same(site: Site) -> None:
    site.vps.run(f"docker rm -f {N8N} {SIDECAR} {KESTRA}")
    with without_compose(site.vps):
        done = run(site.vps, f"{STACKS}/start-stacks.sh")
    assert "docker compose is missing" in done.stderr
    assert key_of_n8n(site) == GIVEN["N8N_ENCRYPTION_KEY"]
    assert_continues(site)


def test_services_beside_come_and_go_with_their_image(site: Site) -> None:
    mark(site)
    images = {name: site.data.pop(name) for name in ("sidecar_image", "n8n_image")}
    site.declare(n8n_image=None)
    assert site.deploy().returncode == 0
    names = "docker ps -a --format '{{.Names}}' | sort"
    assert site.vps.run(names).stdout.split() == [KESTRA, POSTGRES]
    assert found(site.drift()) == []
    verified(site.vps, only="test_stack.py")
    site.data.update(images)
    site.declare()
    assert_continues(site)
    assert (kept(site), running(site.vps, SIDECAR)) == (True, True)
