"""Stage scripts: what an operator finds on the host itself, and that it works."""

import json
import shlex

import pytest
from testinfra.host import Host

from tests.machine import secret_names
from tests.machine.stack import PORTS, Stack

HEADER = "Managed by kestra-provision"
SCRIPTS = [
    "tools/kestra/scripts/run.sh",
    "tools/kestra/scripts/stop.sh",
    "tools/kestra/scripts/status.sh",
    "tools/kestra/scripts/logs.sh",
    "scripts/docker/start-stacks.sh",
    "scripts/docker/stop-stacks.sh",
    "scripts/maintenance/health-check-all.sh",
]
PORT_MAP = "docs/context/ops/service-port-map.md"


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_is_roots_and_explains_itself(host: Host, stack: Stack, name: str) -> None:
    file = host.file(f"{stack.root}/{name}")
    assert (f"{file.mode:o}", file.uid, file.gid) == ("755", 0, 0)
    assert host.check_output("sed -n 2p %s", file.path).startswith(f"# {HEADER}")
    needs_env = name.endswith(("run.sh", "logs.sh", "start-stacks.sh"))
    assert f"Example: {'sudo ' if needs_env else ''}/" in host.check_output("%s --help", file.path)


def test_health_check_says_healthy(host: Host, stack: Stack) -> None:
    done = host.run("%s", f"{stack.root}/scripts/maintenance/health-check-all.sh")
    seen = json.loads(done.stdout)
    assert (done.rc, seen["overallHealth"]) == (0, "healthy"), done.stdout
    names = {service["name"]: service["container"] for service in seen["services"]}
    assert names == {service: stack.container(service).name for service in stack.services}


def test_status_agrees(host: Host, stack: Stack) -> None:
    done = host.run("%s", f"{stack.root}/tools/kestra/scripts/status.sh")
    assert done.rc == 0, done.stdout
    assert f"{stack.kestra.name}: healthy (running)" in done.stdout
    assert f":{stack.port('KESTRA_HTTP_PORT')}" in done.stdout


def test_manifest_has_our_entry_once(host: Host, stack: Stack) -> None:
    text = host.check_output("cat %s", f"{stack.root}/services-manifest.json")
    services = json.loads(text.removeprefix("\ufeff"))["services"]
    if isinstance(services, dict):
        services = [{"name": name, **service} for name, service in services.items()]
    ours = [s for s in services if "kestra-orchestrator" in (s.get("name"), s.get("id"))]
    assert [(s["managed"], s["stack"], s["container"]) for s in ours] == [
        ("docker-compose", stack.profile, stack.kestra.name)
    ]
    ports = {"http": "KESTRA_HTTP_PORT", "management": "KESTRA_MANAGEMENT_PORT"}
    assert ours[0]["ports"] == {what: stack.port(name) for what, name in ports.items()}


def test_port_map_names_all_ports(host: Host, stack: Stack) -> None:
    text = host.check_output("cat %s", f"{stack.root}/{PORT_MAP}")
    assert HEADER in text.splitlines()[0]
    for name, (service, _) in PORTS.items():
        if service in stack.services:
            row = f"| {service} | `{stack.container(service).name}` | `{stack.addresses[name]}` "
            assert f"{row}| {stack.port(name)} |" in text


def test_nothing_of_it_holds_a_secret(host: Host, stack: Stack) -> None:
    places = ("scripts", "tools/kestra/scripts", "docs", "services-manifest.json")
    paths = " ".join(shlex.quote(f"{stack.root}/{name}") for name in places)
    read = f"find {paths} -type f -exec cat {{}} +"
    assert not secret_names.occurring(host, f"{stack.root}/.env", read)
