"""The machine itself as host, on a server without systemd: no SSH, an init script, sockets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import changed
from tests.vps.archive import TestImages
from tests.vps.plain import PlainVps, boot_plain
from tests.vps.workspace import Workspace, image_data


@pytest.fixture(scope="module")
def plain(images: TestImages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainVps]:
    directory: Path = tmp_path_factory.mktemp("local") / "checkout"
    workspace = Workspace.make(directory)
    workspace.name_hosts({"@local": {**image_data(images), "docker_source": "distro"}})
    made = boot_plain(f"kestra-e2e-hs-plain-{os.getpid()}", workspace, images.archive)
    yield made
    made.vps.destroy()


def test_server_without_systemd_provisions_itself(plain: PlainVps) -> None:
    run = plain.vps.run
    assert run("[ -d /run/systemd/system ]", check=False).returncode != 0
    assert run("docker info", check=False).returncode != 0, "nothing runs before"
    done = plain.pyinfra("inventory", "deploy.py", "-y")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "@local  healthy  http://localhost:8080/" in done.stderr
    assert "@local: open http://localhost:8080/" in done.stderr
    states = run("docker inspect -f {{.State.Running}} tools-kestra tools-kestra-postgres")
    assert states.stdout == "true\ntrue\n"


def test_second_run_changes_nothing(plain: PlainVps) -> None:
    done = plain.pyinfra("inventory", "deploy.py", "-y")
    assert done.returncode == 0, done.stdout + done.stderr
    assert changed(done) == 0


def test_stopped_service_and_older_configuration_are_repaired(plain: PlainVps) -> None:
    plain.vps.run("service docker stop; echo '{}' > /etc/docker/daemon.json")
    done = plain.pyinfra("inventory", "deploy.py", "-y")
    assert done.returncode == 0, done.stdout + done.stderr
    live = plain.vps.run("docker info --format {{.LiveRestoreEnabled}}").stdout
    assert live == "true\n"
    again = plain.pyinfra("inventory", "deploy.py", "-y")
    assert changed(again) == 0


def test_service_starts_with_the_machine(plain: PlainVps) -> None:
    assert plain.vps.run("ls /etc/rc2.d").stdout.count("docker") == 1
