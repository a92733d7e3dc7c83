"""Stage files: the compose file and Kestra's configuration, as they lie on the host."""

import pytest
from testinfra.host import Host

from tests.machine.container import CONFIGURATION
from tests.machine.stack import Stack

HEADER = "# Managed by kestra-provision"
COMPOSE = "docker compose --project-directory %s -f %s"


def test_compose_file(host: Host, stack: Stack) -> None:
    file = host.file(f"{stack.root}/compose.yaml")
    assert file.is_file
    assert (f"{file.mode:o}", file.uid, file.gid) == ("644", 0, 0)


@pytest.mark.parametrize("name", CONFIGURATION)
def test_configuration_is_readable_for_kestra_only(host: Host, stack: Stack, name: str) -> None:
    file = host.file(f"{stack.root}/config/{name}")
    assert file.is_file
    assert (f"{file.mode:o}", file.uid, file.gid) == ("640", 0, stack.user("kestra")[1])


@pytest.mark.parametrize(
    "name", ["compose.yaml", *(f"config/{name}" for name in (*CONFIGURATION, "images.env"))]
)
def test_header_says_who_manages_it(host: Host, stack: Stack, name: str) -> None:
    assert host.run("head -n 1 %s", f"{stack.root}/{name}").stdout.startswith(HEADER)


def test_compose_accepts_its_file(host: Host, stack: Stack) -> None:
    # Its complaint could quote a value of .env, so only its verdict is looked at.
    check = host.run(
        f"{COMPOSE} config -q >/dev/null 2>&1", stack.root, f"{stack.root}/compose.yaml"
    )
    assert check.rc == 0, f"on the host: cd {stack.root} && docker compose config -q"


def test_container_is_what_the_file_says(host: Host, stack: Stack, service: str) -> None:
    # Of all services at once: asked for one, some releases of compose forget what it depends on.
    hashed = host.run(
        f"{COMPOSE} config --hash '*' 2>/dev/null", stack.root, f"{stack.root}/compose.yaml"
    ).stdout
    declared = dict(line.split() for line in hashed.splitlines())
    label = stack.container(service).labels["com.docker.compose.config-hash"]
    assert declared.get(service) == label, "changed since the container was made"


def test_kestra_was_started_with_this_configuration(host: Host, stack: Stack) -> None:
    paths = [f"{stack.root}/config/{name}" for name in CONFIGURATION]
    found = host.run("cat %s %s | sha256sum", *paths).stdout.partition(" ")[0]
    assert stack.kestra.labels["io.kestra-provision.config-sha256"] == found


@pytest.mark.parametrize("name", CONFIGURATION)
def test_kestra_sees_this_configuration(host: Host, stack: Stack, name: str) -> None:
    # A mounted file that is replaced stays the old one inside, until the container starts again.
    outside = host.run("sha256sum < %s", f"{stack.root}/config/{name}").stdout
    seen = "docker exec %s cat %s | sha256sum"
    assert host.run(seen, stack.kestra.name, f"/etc/kestra/{name}").stdout == outside


def test_nothing_half_written_is_left(host: Host, stack: Stack) -> None:
    left = host.check_output("find %s -maxdepth 2 -name '.*.kestra-provision'", stack.root)
    assert left == ""
