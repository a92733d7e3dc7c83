"""Debian 12: an older engine of the distribution, and compose from a package of the laptop."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kestra_provision.docker.compose_deb import read_deb
from tests.e2e.conftest import Site, changed
from tests.vps.packages import compose_deb

_ENGINE = {"docker_min_version": "20.10"}


@pytest.fixture(scope="module")
def bookworm(new_site: Callable[..., Site]) -> Site:
    """A server with nothing but what a provider's Debian 12 has."""
    return new_site("hs-bookworm", suite="bookworm")


@pytest.fixture(scope="module")
def provisioned(bookworm: Site) -> Site:
    """The same, with the two settings Debian 12 needs."""
    deb = read_deb(str(compose_deb()))
    bookworm.data.update(_ENGINE, compose_deb=str(deb.path), compose_deb_sha256=deb.sha256)
    bookworm.declare()
    done = bookworm.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return bookworm


def test_what_debian_12_lacks_is_said_before_anything_is_installed(bookworm: Site) -> None:
    """Runs first: the server is still bare."""
    before = bookworm.fingerprint()
    done = bookworm.deploy()
    assert done.returncode == 1
    assert "brings Docker Engine 20.10, older than 24.0" in done.stderr
    assert "docker_min_version = '20.10' to accept it" in done.stderr
    assert "has no package of Docker's compose plugin" in done.stderr
    assert "compose_deb to a .deb on the laptop" in done.stderr
    assert bookworm.fingerprint() == before


def test_debian_12_becomes_healthy(provisioned: Site) -> None:
    run = provisioned.vps.run
    assert run("docker version --format '{{.Server.Version}}'").stdout.startswith("20.10")
    assert run("docker compose version --short").stdout.startswith("2.")
    assert run("find / -xdev -name '*compose-plugin.deb'").stdout == ""


def test_second_run_sends_and_changes_nothing(provisioned: Site) -> None:
    done = provisioned.deploy()
    assert done.returncode == 0, done.stderr
    assert changed(done) == 0
    assert "sending docker-compose" not in done.stderr
    assert provisioned.plan() == []


def test_another_version_is_seen_and_replaced(provisioned: Site) -> None:
    """Debian 12's own package of that name is compose v1, which `docker compose` knows not."""
    provisioned.vps.run(
        "apt-get -qq update && DEBIAN_FRONTEND=noninteractive "
        "apt-get -qq install -y --no-install-recommends --allow-downgrades docker-compose/bookworm"
    )
    assert "docker | compose plugin of the laptop" in provisioned.plan()
    done = provisioned.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert provisioned.plan() == []


def test_package_with_another_sum_never_connects(provisioned: Site) -> None:
    try:
        provisioned.declare(compose_deb_sha256="0" * 64, ssh_hostname="192.0.2.1")
        done = provisioned.deploy()
    finally:
        provisioned.declare()
    assert done.returncode == 1
    assert "compose_deb_sha256 says 0000" in done.stderr
    assert "192.0.2.1" not in done.stderr


def test_engine_that_takes_no_proxy_is_refused(provisioned: Site) -> None:
    try:
        provisioned.declare(http_proxy="http://127.0.0.1:3128")
        done = provisioned.deploy()
    finally:
        provisioned.declare()
    assert done.returncode == 1
    assert "Docker Engine 20.10.24+dfsg1 takes no proxy from daemon.json" in done.stderr
