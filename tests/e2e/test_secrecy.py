"""A canary for each secret: it reaches the host's .env and nothing that anybody sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kestra_provision.settings import passwords
from kestra_provision.settings.flow_secrets import encoded
from tests.e2e.conftest import Site
from tests.vps import arguments

CANARIES = {
    passwords.DB: "Canary7db-Wq3zX9mK2p",
    passwords.BASIC_AUTH: "Canary7auth-Zt5vB8nL4r",
    passwords.ENCRYPTION: "Q2FuYXJ5N2tleS1DYW5hcnk3a2V5LUNhbmFyeTdrZSE=",
}
OF_FLOWS = {"SECRET_CANARY": "Canary7flow-Jd8wQ1sN6t-in-three-times-n"}
#: Whatever must not be seen, by what it is.
FORMS = {
    **CANARIES,
    **OF_FLOWS,
    **{f"{name} in base64": encoded(value) for name, value in OF_FLOWS.items()},
}
#: The first one closed to everybody but root, the others open to Kestra's group.
PLACES = {
    "/opt/kestra/.env",
    "/opt/kestra/config/application.yaml",
    "/opt/kestra/config/flow-secrets.env",
}


@pytest.fixture(scope="module")
def output(new_site: Callable[..., Site]) -> dict[str, str]:
    """Everything a run shows, at its noisiest, and what anybody on the server saw meanwhile."""
    site = new_site("canary", docker=True)
    env_file = site.workspace.directory / ".env"
    env_file.write_text("".join(f"{n}={v}\n" for n, v in {**CANARIES, **OF_FLOWS}.items()))
    arguments.record(site.vps)
    noisy = ("--diff", "-vvv", "--debug")
    first = site.deploy(*noisy)
    second = site.deploy(*noisy, "--json")
    plan = site.workspace.deploy("--dry", "--diff", "-vvv", "--debug-all")
    site.vps.run("docker stop tools-kestra-postgres")
    site.declare(health_timeout=10, kestra_memory_mb=1111)
    failing = site.deploy(*noisy, "--debug-operations")
    site.declare()
    day_two = [
        _said(site, "drift", "inventory", "--json", "--html", "drift.html"),
        _said(site, "drift", "-vvv"),
        _said(site, "plan", "-vvv"),
        _said(site, "plan", "--json"),
        _said(site, "status", "-vvv"),
        _said(site, "doctor"),
        _said(site, "secrets", "list", "-vvv"),
        _said(site, "secrets", "list", "--json"),
        _said(site, "config"),
        _said(site, "logs", site.vps.name, "--tail", "all"),
        (site.workspace.directory / "drift.html").read_text(),
    ]
    repaired = site.deploy(*noisy)
    restarted = site.workspace.pyinfra("inventory", "runbooks/restart.py", "-y", *noisy)
    day_two.append(_said(site, "audit", site.vps.name))
    processes = arguments.recorded(site.vps)
    log = site.workspace.directory / "pyinfra-debug.log"
    shown = {
        "first run": first.stdout + first.stderr,
        "second run": second.stdout + second.stderr,
        "plan": plan.stdout + plan.stderr,
        "operations": failing.stdout + failing.stderr,
        "repair": repaired.stdout + repaired.stderr,
        "restart": restarted.stdout + restarted.stderr,
        "commands of day two": "\n".join(day_two),
        "pyinfra-debug.log": log.read_text() if log.exists() else "",
        "arguments on the server": processes,
        "files on the server": _files_with_secrets(site),
    }
    for done in (first, second, repaired, restarted):
        assert done.returncode == 0, done.stderr[-5000:]
    for started in ("bash -c sh -c ", "/docker compose ", "/docker exec ", "/sed "):
        assert started in processes, f"{started} was recorded"
    env = site.vps.run("cat /opt/kestra/.env").stdout
    assert all(value in env for value in CANARIES.values()), "the canaries were used"
    return shown


def _said(site: Site, *arguments: str) -> str:
    done = site.command(*arguments)
    return f"{arguments}\n{done.stdout}{done.stderr}"


def _files_with_secrets(site: Site) -> str:
    """Names of files on the server that hold a canary, but for those that shall."""
    patterns = " ".join(f"-e {value[:-1]}" for value in FORMS.values())
    # Docker's own, for as long as a health check starts: all that its container knows.
    found = site.vps.run(
        f"grep -rlsF --exclude='runc-process*' {patterns} "
        "/opt /etc /root /home /tmp /var/log /var/tmp || true"
    ).stdout.split()
    assert {*found} >= PLACES, "the search finds what is there"
    return "\n".join(f"{path}: {' '.join(FORMS.values())}" for path in {*found} - PLACES)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "place",
    [
        "first run",
        "second run",
        "plan",
        "operations",
        "repair",
        "restart",
        "commands of day two",
        "pyinfra-debug.log",
        "arguments on the server",
        "files on the server",
    ],
)
def test_canary_is_seen_nowhere(output: dict[str, str], place: str, name: str) -> None:
    text = output[place]
    assert (FORMS[name] in text) is False, f"{name} is seen in {place}"
