"""The scripts on the host, by an operator who has nothing but a shell there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import FREEZE_DATABASE, Site
from tests.e2e.host_scripts import (
    HEALTH,
    KESTRA,
    LOCK,
    MANIFEST,
    POSTGRES,
    ROOT,
    STACKS,
    TOOLS,
    health,
    run,
    running,
    until,
    without_compose,
)
from tests.vps.machine import Vps


@pytest.fixture(scope="module")
def site(converged: Site) -> Iterator[Site]:
    """The shared server, with a user of group docker; converged again at the end."""
    converged.vps.run("useradd --groups docker --user-group paula")
    yield converged
    converged.vps.run("userdel paula; docker rm -f squatter 2>/dev/null", check=False)
    done = converged.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert converged.plan() == []


@pytest.fixture(scope="module")
def vps(site: Site) -> Vps:
    return site.vps


def test_a_healthy_stack(vps: Vps) -> None:
    seen = health(vps)
    assert seen["overallHealth"] == "healthy"
    assert seen["kestra"]["container"] == KESTRA
    assert seen["kestra"]["memory_bytes"] > 0
    assert seen["host"]["problems"] == []
    status = run(vps, f"{TOOLS}/status.sh").stdout
    assert f"{POSTGRES}: healthy (running)" in status
    assert "UI: http://localhost:8080/" in status
    logs = run(vps, f"{TOOLS}/logs.sh --tail 3; {TOOLS}/logs.sh --since 48h postgres")
    assert len(logs.stdout.splitlines()) >= 3
    leak = f'. {ROOT}/.env; echo "leaked <$KESTRA_DB_PASSWORD>"'
    vps.run(f"({leak}) | docker exec -i {KESTRA} sh -c 'cat > /proc/1/fd/1'")
    assert "leaked <*****>" in run(vps, f"{TOOLS}/logs.sh").stdout
    again = run(vps, f"{TOOLS}/run.sh --detach")
    assert f"✓ {KESTRA}: /health answers 200" in again.stderr


def test_a_full_disk(vps: Vps) -> None:
    done = json.loads(run(vps, f"{HEALTH} --min-free 100", code=1).stdout)
    assert done["overallHealth"] == "degraded"
    assert done["host"]["problems"][0].startswith("disk-full: ")


def test_postgres_stopped_under_a_live_kestra_and_started_again(vps: Vps) -> None:
    vps.run(f"docker stop {POSTGRES}")
    seen = until(vps, lambda seen: seen["kestra"]["state"] == "ports-closed")
    assert seen["overallHealth"] == "degraded"
    assert seen["postgres"]["state"] == "stopped"
    assert "the container is Up, its ports" in seen["kestra"]["detail"]
    assert "PostgreSQL is stopped" in seen["kestra"]["detail"]
    assert running(vps, KESTRA)
    # It was live, so it is after that too: what is skipped is the start of one that was not.
    run(vps, f"SKIP_KESTRA_AUTO_START=1 {STACKS}/start-stacks.sh --phase tools")
    assert health(vps)["overallHealth"] == "healthy"


def test_frozen_postgres_has_its_own_name(vps: Vps) -> None:
    vps.run(FREEZE_DATABASE)
    try:
        seen = health(vps, "postgres")
        assert seen["postgres"]["state"] == "frozen"
        assert "docker unpause" in seen["postgres"]["detail"]
    finally:
        vps.run(f"docker unpause {POSTGRES}")
    run(vps, f"{STACKS}/start-stacks.sh")


def test_docker_that_does_not_run(vps: Vps) -> None:
    vps.run("systemctl reset-failed docker; systemctl stop docker.socket docker")
    try:
        seen = health(vps)
        refused = run(vps, f"{TOOLS}/run.sh --detach", code=1)
    finally:
        vps.run("systemctl start docker")
    assert seen["overallHealth"] == "down"
    assert seen["host"]["problems"][0].startswith("docker-not-running: ")
    assert "the daemon does not answer" in refused.stderr
    until(vps, lambda seen: seen["overallHealth"] == "healthy")


def test_a_user_of_group_docker(vps: Vps) -> None:
    """Looks and stops; what needs `.env` says which command to use."""
    env = vps.run(f"stat -c '%a %U' {ROOT}/.env").stdout
    assert env == "600 root\n"
    for script in (HEALTH, f"{TOOLS}/status.sh"):
        run(vps, f"su paula -c '{script}'")
    for script in (f"{TOOLS}/run.sh --detach", f"{TOOLS}/logs.sh --tail 1"):
        refused = run(vps, f"su paula -c '{script}'", code=1)
        assert refused.stdout == ""
        assert f"sudo {script}" in refused.stderr
    run(vps, f"su paula -c '{STACKS}/start-stacks.sh'", code=1)
    nobody = run(vps, f"su nobody -s /bin/sh -c '{HEALTH}'", code=3)
    assert nobody.stdout == ""
    assert f"sudo {HEALTH}" in nobody.stderr


def test_another_password_is_told_before_kestra_starts(vps: Vps) -> None:
    vps.run(f"docker stop {KESTRA}; cp -p {ROOT}/.env /root/env")
    vps.run(f"sed -i 's/^KESTRA_DB_PASSWORD=.*/KESTRA_DB_PASSWORD=Another-one-1/' {ROOT}/.env")
    try:
        refused = run(vps, f"{TOOLS}/run.sh -d", code=1)
    finally:
        vps.run(f"mv /root/env {ROOT}/.env")
    assert "PostgreSQL refuses the KESTRA_DB_PASSWORD" in refused.stderr
    assert not running(vps, KESTRA)


def test_stop_skip_conflict_and_start(vps: Vps) -> None:
    """Kestra is stopped first and started last; one real start in all of it."""
    vps.run(f"docker start {KESTRA}")
    stopped = run(vps, f"su paula -c '{STACKS}/stop-stacks.sh --phase tools'")
    words = stopped.stderr.split()
    assert words.index(f"{KESTRA};") < words.index(f"{POSTGRES};")
    assert stopped.stdout.count("✓ ") == 2
    assert run(vps, f"{TOOLS}/stop.sh").stdout.startswith("no container running")
    assert health(vps)["overallHealth"] == "down"
    assert run(vps, f"{TOOLS}/status.sh", code=2).stdout

    for spelling in ("SKIP_KESTRA_AUTO_START", "SKIP_Kestra_AUTO_START"):
        skipped = run(vps, f"{spelling}=1 {STACKS}/start-stacks.sh --phase tools")
        assert "Kestra is not started: SKIP_KESTRA_AUTO_START" in skipped.stderr
        assert (running(vps, POSTGRES), running(vps, KESTRA)) == (True, False)

    vps.run(f"docker stop {POSTGRES}")
    vps.run(
        f". {ROOT}/config/images.env; docker run -d --name squatter -p 127.0.0.1:8081:80 "
        "--entrypoint sleep $POSTGRES_IMAGE 1000"
    )
    conflict = run(vps, f"{STACKS}/start-stacks.sh --phase tools", code=1)
    assert "port 8081 is taken by container squatter" in conflict.stderr
    assert "management_port (KESTRA_MANAGEMENT_PORT)" in conflict.stderr
    assert (running(vps, POSTGRES), running(vps, KESTRA)) == (True, False)
    assert "container squatter" in run(vps, f"{TOOLS}/run.sh -d", code=1).stderr

    moved = run(vps, f"{TOOLS}/run.sh --detach --management-port 18081")
    assert "until the next deploy" in moved.stderr
    seen = health(vps)
    assert seen["overallHealth"] == "healthy", "the port that the container has is asked"
    vps.run("docker rm -f squatter")


def test_a_container_that_never_started_is_there(vps: Vps) -> None:
    """Docker knows no health of one that was only made, as when its port was taken."""
    vps.run(f"docker rm -f {KESTRA}; cd {ROOT} && docker compose create --pull never kestra")
    seen = health(vps)
    assert seen["kestra"]["state"] == "stopped"
    assert seen["kestra"]["detail"].startswith("the container is created")
    assert f"{KESTRA}: down (stopped)" in run(vps, f"{TOOLS}/status.sh", code=1).stdout
    run(vps, f"{TOOLS}/run.sh --detach")


def test_without_compose_docker_starts_the_same_and_a_deploy_takes_it_over(site: Site) -> None:
    site.vps.run(f"docker rm -f {KESTRA} {POSTGRES}")
    with without_compose(site.vps):
        done = run(site.vps, f"{TOOLS}/run.sh --detach")
    assert "docker compose is missing" in done.stderr
    assert health(site.vps)["overallHealth"] == "healthy"
    deployed = site.deploy()
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr


def test_a_lock_stops_who_would_change_something(vps: Vps) -> None:
    vps.run(f"mkdir -p {LOCK}; printf 'KIND=manual\\nWHO=me\\nWHY=the disk\\n' > {LOCK}/holder")
    try:
        for script in ("run.sh -d", "stop.sh"):
            assert "locked by hand, me since" in run(vps, f"{TOOLS}/{script}", code=1).stderr
        for script in ("start-stacks.sh", "stop-stacks.sh"):
            assert "the disk" in run(vps, f"{STACKS}/{script}", code=1).stderr
        run(vps, f"{HEALTH} && {TOOLS}/status.sh && {TOOLS}/logs.sh --tail 1")
    finally:
        vps.run(f"rm -r {LOCK}")


# ---- the manifest


THEIRS = '{\r\n\t"services": [\r\n\t\t{"name": "n8n",  "x": 1.50}\r\n\t]\r\n}'


def test_the_manifest_of_others_gets_our_entry_and_nothing_else(site: Site) -> None:
    site.vps.run(f"cat > {MANIFEST}", stdin=THEIRS)
    site.vps.run(f"chown paula: {MANIFEST}; chmod 664 {MANIFEST}")
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    before, after = THEIRS.split("}\r\n\t]")
    text = site.vps.run(f"cat {MANIFEST}; echo .").stdout
    ours = json.loads(text[:-2])["services"][1]
    assert (ours["name"], ours["managed"], ours["stack"]) == (
        "kestra-orchestrator",
        "docker-compose",
        "tools",
    )
    assert text.startswith(f"{before}}},\r\n\t\t{{\r\n\t\t\t")
    assert text.endswith(f"}}\r\n\t]{after}.\n")
    assert site.vps.run(f"stat -c '%a %U' {MANIFEST}").stdout == "664 paula\n"


def test_an_invalid_manifest_is_refused_before_anything_changes(site: Site) -> None:
    site.vps.run(f"cp -p {MANIFEST} /root/manifest; echo '{{\"services\": [}}' > {MANIFEST}")
    before = site.fingerprint()
    try:
        done = site.deploy()
        assert done.returncode == 1
        assert "the manifest is no valid JSON" in done.stderr
        assert f"{MANIFEST} on the host" in done.stderr
        assert site.fingerprint() == before
    finally:
        site.vps.run(f"mv /root/manifest {MANIFEST}")
