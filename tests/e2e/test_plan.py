"""What the plan says is what the deploy then does: its operations, and what becomes of containers.

The changes pile up, so each plan is of one; the last test takes all of them back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jsonschema
import pytest

from tests.e2e.another_image import with_another
from tests.e2e.conftest import Site
from tests.e2e.sample import fair
from tests.schemas import schema

_FILES, _STACK, _HEALTH = "files", "stack", "health"
_RESTARTS = {"kestra": "restarts"}


@dataclass(frozen=True)
class Case:
    """A change: of the inventory, or by hand on the host.

    + stages: what the plan must be about, and nothing else
    + services: what becomes of containers
    + shown, hidden: words that the plan must show, or must not
    """

    stages: set[str]
    services: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    by_hand: str = "true"
    shown: str = ""
    hidden: str = ""


_WITH_SCRIPTS = {_FILES, "scripts", _STACK, _HEALTH}
CASES = {
    "watch interval": Case(
        {"watch"}, data={"watch_interval_minutes": 58}, shown="+OnUnitInactiveSec=58min"
    ),
    "script edited": Case(
        {"scripts"},
        by_hand="echo 'exit 0' >> /opt/kestra/tools/kestra/scripts/run.sh",
        shown="-exit 0",
    ),
    "secret removed": Case(
        {"secrets"},
        by_hand="sed -i /^KESTRA_BASICAUTH_PASSWORD=/d /opt/kestra/.env",
        shown="+KESTRA_BASICAUTH_PASSWORD=*****",
    ),
    "password of the database removed": Case(
        {"secrets"}, by_hand="sed -i /^KESTRA_DB_PASSWORD=/d /opt/kestra/.env"
    ),
    "compose file edited": Case(
        {_FILES},
        by_hand="sed -i 's/pids_limit: 2048/pids_limit: 99/' /opt/kestra/compose.yaml",
        shown="-    pids_limit: 99",
    ),
    "password written into the configuration": Case(
        {_FILES},
        by_hand="sed -i 's/password:.*/password: by-hand-Canary-1/' "
        "/opt/kestra/config/application.yaml",
        shown="-    password: *****",
        hidden="Canary",
    ),
    "Docker's file edited": Case(
        {"docker"},
        by_hand="systemctl reset-failed docker; echo '{}' > /etc/docker/daemon.json",
    ),
    "container limited by hand": Case(
        {_STACK, _HEALTH},
        _RESTARTS,
        by_hand="docker update --memory 3g --memory-swap 6g tools-kestra",
    ),
    "memory": Case(
        _WITH_SCRIPTS, _RESTARTS, {"kestra_memory_mb": 2304}, shown="+    mem_limit: 2304m"
    ),
    "port": Case(
        {"secrets", *_WITH_SCRIPTS}, _RESTARTS, {"http_port": 8097}, shown="+KESTRA_HTTP_PORT=8097"
    ),
    "address": Case(_WITH_SCRIPTS, _RESTARTS, {"kestra_url": "https://kestra.example.com/"}),
    "user name": Case(
        {"secrets", *_WITH_SCRIPTS}, _RESTARTS, {"basic_auth_username": "other@example.com"}
    ),
    "image archive": Case(
        {"images", _STACK, _HEALTH}, _RESTARTS, data={"image_archive": "another"}
    ),
}


@pytest.fixture(scope="module")
def declared(converged: Site) -> Iterator[dict[str, Any]]:
    """What the cases declared so far; the server is as it was afterwards."""
    so_far: dict[str, Any] = {}
    yield so_far
    converged.declare()
    done = converged.deploy()
    assert done.returncode == 0, done.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "saved.plan"


@pytest.mark.parametrize("name", fair(CASES, 4))
def test_plan_is_what_the_deploy_does(
    converged: Site, declared: dict[str, Any], file: Path, tmp_path: Path, name: str
) -> None:
    site, case = converged, CASES[name]
    declared |= _data(site, case, tmp_path)
    site.declare(**declared)
    site.vps.run(case.by_hand)

    host = planned(site, file)
    operations = [f"{each['stage']} | {each['operation']}" for each in host["operations"]]
    assert {each["stage"] for each in host["operations"]} == case.stages
    assert {each["service"]: each["does"] for each in host["services"]} == case.services
    diffs = "".join(each["diff"] for each in host["files"])
    assert case.shown in diffs
    assert not case.hidden or case.hidden not in file.read_text()
    assert site.plan() == operations, "pyinfra's own plan says the same"

    before = lives(site)
    done = site.command("deploy", "--plan", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert changed_by(done) == operations
    after = lives(site)
    assert {service for service in before if before[service] != after[service]} == {*case.services}
    for value in secrets(site):
        assert value not in done.stdout + done.stderr + file.read_text()


def test_a_deploy_is_held_to_its_plan(
    converged: Site, declared: dict[str, Any], file: Path
) -> None:
    site = converged
    site.declare(**declared, health_timeout=301)
    planned(site, file)
    site.vps.run("chmod 777 /opt/kestra/backups")
    before = site.fingerprint()
    done = site.command("deploy", "--plan", str(file))
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert "directories | owner and mode: planned: nothing to do; now: to do" in done.stderr
    assert site.fingerprint() == before
    assert "not locked" in site.command("unlock", site.vps.name).stdout
    site.vps.run("chmod 700 /opt/kestra/backups")
    site.declare(**declared)


def test_nothing_behind_a_stopped_docker_is_certain(
    converged: Site, declared: dict[str, Any], file: Path
) -> None:
    """Containers live on without their daemon, and are not gone."""
    site = converged
    site.declare(**declared)
    before = lives(site)
    site.vps.run("systemctl reset-failed docker; systemctl stop docker.socket docker")
    host = planned(site, file)
    assert host["unsure"].startswith("Docker does not run")
    assert {each["does"] for each in host["services"]} == {"may-restart"}
    dry = site.workspace.deploy("--dry")
    assert f"[{site.vps.name}] {host['unsure']}" in dry.stderr
    (report,) = site.drift()["hosts"]
    behind = [f for f in report["findings"] if f["stage"] in ("images", "stack") and f["by_deploy"]]
    assert {f["follows"] for f in behind} == {"service docker"}
    assert site.command("deploy", "--plan", str(file)).returncode == 0
    assert lives(site) == before


def test_all_is_taken_back_and_written_down(converged: Site, declared: dict[str, Any]) -> None:
    site = converged
    site.declare()
    unasked = site.command("deploy")
    assert unasked.returncode == 1
    assert "no terminal to ask" in unasked.stderr
    done = site.command("deploy", "-y")
    assert done.returncode == 0, done.stderr
    record, before = latest(site)
    assert (record["action"], record["result"]) == ("deploy", "healthy")
    for setting in declared:
        assert setting in record["settings"], "each that was another one"
    assert record["settings"]["kestra_memory_mb"] == ["2304", "-"]
    assert "@" in record["operator"]
    declared.clear()

    assert site.command("plan").returncode == 0
    again = site.command("deploy")
    assert again.returncode == 0, "there is nothing to ask"
    assert changed_by(again) == []
    assert latest(site) == (record, before), "nor to write down"


def planned(site: Site, file: Path) -> dict[str, Any]:
    """The one host of a plan, which is saved as well."""
    done = site.command("plan", "--json", "--out", str(file))
    assert done.returncode == 2, done.stdout + done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, schema("plan/plan.schema.json"))
    assert json.loads(file.read_text()) == found
    (host,) = found["hosts"]
    assert host["result"] == "changes"
    return dict(host)


def changed_by(done: CompletedProcess[str]) -> list[str]:
    """The operations that a deploy says it changed something with, in their order."""
    found, operation = [], ""
    for line in done.stderr.splitlines():
        if "Starting operation: " in line:
            operation = line.partition("Starting operation: ")[2].strip()
        elif line.endswith("] Success"):
            found.append(operation)
    return found


def lives(site: Site) -> dict[str, str]:
    """Which container each service has, and since when it runs."""
    form = "{{.Id}} {{.State.StartedAt}}"
    names = site.stack.containers
    return {s: site.vps.run(f"docker inspect -f '{form}' {n}").stdout for s, n in names.items()}


def latest(site: Site) -> tuple[dict[str, Any], int]:
    """The last record of the audit, and how many there are."""
    lines = site.vps.run("cat /opt/kestra/logs/audit.jsonl").stdout.splitlines()
    return json.loads(lines[-1]), len(lines)


def secrets(site: Site) -> list[str]:
    lines = site.vps.run("grep -E '(PASSWORD|KEY)=' /opt/kestra/.env").stdout.split()
    return [line.partition("=")[2].strip("'") for line in lines]


def _data(site: Site, case: Case, folder: Path) -> dict[str, Any]:
    if "image_archive" not in case.data:
        return case.data
    kestra = site.data["kestra_image"]
    other = with_another(Path(site.data["image_archive"]), kestra, folder / "another.tar")
    digest = hashlib.sha256(other.read_bytes()).hexdigest()
    return {"image_archive": str(other), "image_archive_sha256": digest}
