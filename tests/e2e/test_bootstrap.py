"""The main job: from a bare server to a healthy Kestra, and the second run changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from kestra_provision.settings.versions import postgres_major
from tests.e2e.conftest import Site, changed
from tests.e2e.verify import verified


@pytest.fixture(scope="module")
def bare(new_site: Callable[..., Site]) -> Site:
    """A server with nothing but what a provider's Debian 13 has."""
    site = new_site("bare")
    assert site.vps.run("command -v docker", check=False).returncode != 0
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return site


def test_bare_server_becomes_healthy(bare: Site) -> None:
    """The table at the end names host, result, URL, versions and the tunnel."""
    done = bare.deploy()
    assert f"{bare.vps.name}  healthy  http://localhost:8080/" in done.stderr
    assert f" -i {bare.vps.key} " in done.stderr
    assert " -L 8080:127.0.0.1:8080 root@" in done.stderr
    assert f"PostgreSQL {postgres_major(bare.data['postgres_image'])}" in done.stderr


def test_second_run_changes_nothing(bare: Site) -> None:
    done = bare.deploy()
    assert done.returncode == 0, done.stderr
    assert changed(done) == 0


def test_plan_of_a_converged_host_is_empty(bare: Site) -> None:
    """Without -y: with it pyinfra evaluates nothing and every plan is empty."""
    plain = bare.workspace.deploy("--dry")
    assert plain.returncode == 0
    assert f"1 ({bare.vps.name})" not in plain.stderr
    assert "stack | PostgreSQL and Kestra run as declared" in plain.stderr
    assert bare.plan() == []


def test_plan_sees_a_hand_made_change_and_the_deploy_repairs_it(bare: Site) -> None:
    bare.vps.run("docker stop tools-kestra && chmod 644 /opt/kestra/.env")
    plain = bare.workspace.deploy("--dry")
    assert f"1 ({bare.vps.name})" in plain.stderr
    assert "secrets | .env with settings and secrets" in bare.plan()
    assert "stack | PostgreSQL and Kestra run as declared" in bare.plan()
    assert bare.deploy().returncode == 0
    assert bare.plan() == []


def test_json_of_an_applied_run_is_pure(bare: Site) -> None:
    """stdout belongs to pyinfra's JSON; the table goes to stderr."""
    done = bare.deploy("--json")
    totals = json.loads(done.stdout)["results"]["totals"]
    assert totals["success"] == 0
    assert totals["error"] == 0


def test_machine_tests_pass(bare: Site) -> None:
    verified(bare.vps)


def test_reboot_brings_everything_back(bare: Site) -> None:
    """Restart policies and enabled services, without a deploy in between."""
    bare.vps.restart()
    bare.declare()  # the address may have changed
    done = bare.deploy()
    assert done.returncode == 0, done.stderr
    assert bare.plan() == []
