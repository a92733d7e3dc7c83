"""`doctor` names what was broken by hand, and leaves no trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import (
    FREEZE_DATABASE,
    RELEASE_KESTRA,
    STOP_KESTRA,
    WAIT_FOR_SICK_KESTRA,
    Site,
)

KESTRA, POSTGRES = "tools-kestra", "tools-kestra-postgres"
ENV = "/opt/kestra/.env"
LOCK = "/var/lib/kestra-provision/tools-kestra.lock"
#: Another stack on the same server, declared and never deployed.
OTHER = {
    "root_dir": "/opt/other",
    "project_name": "other",
    "container_name": "other-kestra",
    "postgres_container_name": "other-postgres",
    "http_port": 8090,
    "management_port": 8091,
}


@pytest.fixture(scope="module")
def site(converged: Site) -> Iterator[Site]:
    """The shared server, converged again afterwards."""
    converged.vps.run(f"cp -p {ENV} /run/env")
    yield converged
    converged.declare()
    converged.vps.run(
        f"systemctl start docker; {RELEASE_KESTRA}; "
        f"docker unpause {POSTGRES}; rm -rf {LOCK}; cp -p /run/env {ENV}; true"
    )
    done = converged.deploy()
    assert done.returncode == 0, done.stdout + done.stderr


def doctor(site: Site, code: int = 2) -> dict[str, dict[str, str]]:
    """The checks of the one host by name."""
    done = site.command("doctor", site.vps.name, "--json")
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode, report["exit_code"]) == (code, code), done.stdout
    (host,) = report["hosts"]
    return {check["name"]: check for check in host["checks"]}


def findings(checks: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: c["finding"] for name, c in checks.items() if c["result"] == "finding"}


def test_host_in_good_order_and_no_trace(site: Site) -> None:
    site.mark()
    checks = doctor(site, code=0)
    assert {check["result"] for check in checks.values()} == {"ok"}, checks
    assert site.newer() == ""


def test_unreachable_host_is_named_and_the_others_are_shown(site: Site) -> None:
    inventory = site.workspace.directory / "inventory" / "servers.py"
    before = inventory.read_text()
    gone: dict[str, Any] = {"ssh_hostname": "127.0.0.1", "ssh_port": 1}
    inventory.write_text(f"{before}\nservers.append(('gone', {{**servers[0][1], **{gone}}}))\n")
    try:
        done = site.command("doctor")
    finally:
        inventory.write_text(before)
    assert done.returncode == 1
    assert f"{site.vps.name}: nothing found" in done.stdout
    assert "gone: could not be asked\n  not reached: " in done.stdout


def test_passwords_that_nobody_accepts(site: Site) -> None:
    site.vps.run(f"sed -i -E 's/^(KESTRA_(DB|BASICAUTH)_PASSWORD)=.*/\\1=Fake-Pass-2/' {ENV}")
    found = findings(doctor(site))
    site.vps.run(f"cp -p /run/env {ENV}")
    assert set(found) == {"database login", "password"}, found
    assert "refuses the KESTRA_DB_PASSWORD of" in found["database login"]
    assert "401: Kestra does not accept" in found["password"]
    assert "Fake-Pass-2" not in str(found)


def test_frozen_database(site: Site) -> None:
    site.vps.run(FREEZE_DATABASE)
    checks = doctor(site)
    site.vps.run(f"docker unpause {POSTGRES}")
    assert f"{POSTGRES} is frozen" in findings(checks)["PostgreSQL"]
    assert f"docker unpause {POSTGRES}" in checks["PostgreSQL"]["fix"]


def test_database_stopped_under_a_live_kestra(site: Site) -> None:
    """A stopped process keeps the state that a real Kestra has for a minute."""
    site.vps.run(f"docker stop {POSTGRES}")
    site.vps.run(WAIT_FOR_SICK_KESTRA)
    site.vps.run(STOP_KESTRA)
    checks = doctor(site)
    site.vps.run(f"{RELEASE_KESTRA}; docker start {POSTGRES}")
    found = findings(checks)
    cause, effect = found
    assert (cause, effect in ("Kestra's ports", "health")) == ("PostgreSQL", True), found
    assert f"{POSTGRES} is stopped" in found["PostgreSQL"]
    assert found[effect].startswith(f"{KESTRA} is ")
    assert found[effect].endswith("; PostgreSQL is stopped")
    assert "deploy.py" in checks[effect]["fix"]


def test_docker_that_does_not_run(site: Site) -> None:
    site.vps.run("systemctl stop docker.socket docker")
    try:
        checks = doctor(site)
    finally:
        site.vps.run("systemctl reset-failed docker; systemctl start docker.socket docker")
    assert findings(checks) == {"Docker": "Docker does not answer (docker.service is inactive)"}
    assert checks["Kestra"]["finding"] == "not asked, because of Docker"
    assert checks["disk"]["result"] == "ok"


def test_stack_that_was_never_deployed(site: Site) -> None:
    site.declare(**OTHER)
    try:
        checks = doctor(site)
    finally:
        site.declare()
    assert findings(checks) == {"deployed": "nothing was deployed into /opt/other yet"}
    assert "deploy.py" in checks["deployed"]["fix"]
    assert site.vps.run("ls -d /opt/other /var/lib/kestra-provision/other* || true").stdout == ""


def test_several_things_at_once_and_no_secret(site: Site) -> None:
    site.vps.run(
        f"docker rm -f {KESTRA}; chmod 644 {ENV}; "
        "chmod 700 /opt/kestra/tools/kestra/storage; chown 0:0 /opt/kestra/tools/kestra/storage; "
        f"mkdir -p {LOCK}; printf '%s\\n' KIND=run WHO=alice@laptop WHY=deploy > {LOCK}/holder"
    )
    try:
        with site.port_taken(8080):
            done = site.command("doctor")
            found = findings(doctor(site))
    finally:
        site.vps.run(f"chmod 600 {ENV}; rm -rf {LOCK}")
    assert set(found) == {"ports free", "lock", ".env", "storage", "Kestra"}, found
    assert "port 8080 is taken by python3" in found["ports free"]
    assert "a run that is gone, alice@laptop" in found["lock"]
    assert found[".env"] == f"{ENV} is 644 0:0, not 600 0:0"
    assert "not writable for uid " in found["storage"]
    assert found["Kestra"] == f"{KESTRA} is missing: the container does not exist"
    assert done.returncode == 2
    assert "\u2717 ports free" in done.stdout
    for value in site.vps.run(f"grep -E '(PASSWORD|KEY)=' {ENV}").stdout.split():
        assert value.partition("=")[2].strip("'") not in done.stdout + done.stderr + str(found)
