"""Docker from its own apt repository, here one of the same shape on the server's loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.e2e.conftest import Site, changed
from tests.e2e.docker_sources import INSTALLED, PACKAGE, SOURCE, WALK, Drift
from tests.e2e.under_way import deploying
from tests.vps.apt_repository import VERSIONS, AptRepository, serve

#: Two servers that boot without Docker.
pytestmark = pytest.mark.long

OLDER, NEWER = VERSIONS
_VERSION = "dpkg-query -W -f '${Version}' docker-ce | grep -F 5:%s-"


class Served(NamedTuple):
    """A server, and the repository it reaches."""

    site: Site
    repository: AptRepository


@pytest.fixture(scope="module")
def bare(new_site: Callable[..., Site]) -> Served:
    """A server without Docker."""
    site = new_site("dr-docker")
    repository = serve(site.vps)
    site.declare(**repository.data)
    return Served(site, repository)


@pytest.fixture(scope="module")
def site(bare: Served) -> Site:
    """That server, provisioned."""
    done = bare.site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return bare.site


@pytest.fixture(scope="module")
def distro(new_site: Callable[..., Site]) -> Site:
    """A server with the distribution's Docker, whose inventory leaves the default."""
    site = new_site("dr-distro", docker=True)
    site.declare(docker_source="docker")
    return site


def test_wrong_fingerprint_is_refused_and_nothing_changed(bare: Served) -> None:
    site, repository = bare
    before = site.fingerprint()
    try:
        site.declare(**{**repository.data, "docker_repository_fingerprint": "0" * 40})
        done = site.deploy()
    finally:
        site.declare(**repository.data)
    assert done.returncode == 1
    assert f"is {repository.fingerprint}, docker_repository_fingerprint says 0000" in done.stderr
    assert site.fingerprint() == before


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("mv trixie other", "does not have a Release file"),
        ("sed -i 's/^Label: .*/Label: forged/' trixie/InRelease", "not signed"),
    ],
    ids=["suite missing", "forged"],
)
def test_repository_that_apt_refuses_is_never_its_source(
    bare: Served, broken: str, said: str
) -> None:
    vps = bare.site.vps
    vps.run(f"cd /srv/docker-repository/debian/dists && cp -a . /root/dists && {broken}")
    try:
        done = bare.site.deploy()
    finally:
        vps.run("cd /srv/docker-repository/debian && rm -r dists && mv /root/dists dists")
    assert done.returncode == 1
    assert said in done.stderr
    assert vps.run(f"test -e {SOURCE}; echo $?; apt-get -qq update").stdout == "1\n"


def test_bare_server_gets_dockers_own_packages(site: Site) -> None:
    there = site.vps.run("dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' '*docker*'").stdout
    assert "ii docker-ce\n" in there
    assert "ii docker-ce-cli\n" in there
    assert "ii docker-compose-plugin\n" in there
    assert "ii docker.io\n" not in there
    assert site.vps.run(_VERSION % NEWER, check=False).returncode == 0


def test_second_run_changes_nothing(site: Site) -> None:
    done = site.deploy()
    assert done.returncode == 0, done.stderr
    assert changed(done) == 0
    assert site.plan() == []


@pytest.mark.parametrize("drift", WALK.values(), ids=WALK.keys())
def test_walk(site: Site, drift: Drift) -> None:
    """The server is converged before each step and after it."""
    site.vps.run(drift.by_hand)
    assert drift.operation in site.plan()
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.vps.run(drift.proof, check=False).returncode == 0
    assert site.plan() == []


#: Whoever has this lock, apt-get cannot refresh its lists; as apt-daily on a fresh server.
_HOLD = (
    "import fcntl, time; lists = open('/var/lib/apt/lists/lock', 'w'); "
    "fcntl.lockf(lists, fcntl.LOCK_EX); open('/run/held', 'w'); time.sleep(600)"
)
_REMOVE_COMPOSE = "apt-get -qq remove -y docker-compose-plugin"


@pytest.fixture
def disturbed(site: Site) -> Iterator[Callable[[str], None]]:
    """Installs a package whose configuration runs a script; afterwards all is as before."""

    def install(script: str) -> None:
        site.vps.run(PACKAGE, stdin=f"#!/bin/sh\n{script}\n", check=False)

    yield install
    site.vps.run("dpkg --purge --force-all disturbed; rm -f /root/disturbed.deb /root/once")
    assert site.deploy().returncode == 0


def test_another_apt_is_waited_for_and_an_interrupted_dpkg_finished(
    site: Site, disturbed: Callable[[str], None]
) -> None:
    site.vps.run(_REMOVE_COMPOSE)
    disturbed("[ -e /root/once ] || { touch /root/once; kill -9 $PPID; }")
    apt = site.vps.run("apt-get install -y tree", check=False)
    assert "dpkg was interrupted" in apt.stderr
    site.vps.run(f'systemd-run -qu hold python3 -c "{_HOLD}"; until [ -e /run/held ]; do :; done')
    try:
        with deploying(site) as run:
            run.until("It is held by process ")
            assert "waiting up to 5 minutes: Could not get lock /var/lib/apt/lists/lock" in run.said
            site.vps.run("systemctl stop hold")
            assert run.end() == 0, run.said
    finally:
        site.vps.run("systemctl stop hold", check=False)
    assert site.vps.run("docker compose version; dpkg --audit").returncode == 0
    assert site.plan() == []


def test_a_broken_package_of_somebody_else_is_named_at_once(
    site: Site, disturbed: Callable[[str], None]
) -> None:
    site.vps.run(_REMOVE_COMPOSE)
    disturbed("echo its reason >&2; exit 1")
    done = site.deploy()
    assert done.returncode == 1
    assert "cannot be finished (dpkg --configure -a):" in done.stderr
    assert "its reason" in done.stderr
    assert "error processing package disturbed" in done.stderr
    assert "waiting" not in done.stderr


def test_a_declared_version_is_installed_and_then_kept(bare: Served, site: Site) -> None:
    try:
        site.declare(**bare.repository.data, docker_version=OLDER)
        assert INSTALLED in site.plan()
        done = site.deploy()
        assert done.returncode == 0, done.stdout + done.stderr
        assert site.vps.run(_VERSION % OLDER, check=False).returncode == 0
        assert site.plan() == []
    finally:
        site.declare(**bare.repository.data)
    assert site.plan() == [], "no version declared: the one that is there stays"


def _but_for_the_audit(site: Site) -> list[str]:
    """Which tells of a deploy that failed."""
    return [line for line in site.fingerprint().splitlines() if "audit.jsonl" not in line]


def test_a_version_that_is_not_there_leaves_the_other_and_names_what_there_is(
    bare: Served, site: Site
) -> None:
    before = _but_for_the_audit(site)
    try:
        site.declare(**bare.repository.data, docker_version="99.0.1")
        done = site.deploy()
    finally:
        site.declare(**bare.repository.data)
    assert done.returncode == 1
    assert "'5:99.0.1-*' for 'docker-ce' was not found" in done.stderr
    assert f"5:{NEWER}-1~debian.13~trixie" in done.stderr
    assert _but_for_the_audit(site) == before


@pytest.fixture
def source(site: Site) -> Iterator[Site]:
    """The server, its source put back afterwards."""
    site.vps.run(f"cp -p {SOURCE} /root/source")
    yield site
    site.vps.run(f"rm -f /etc/apt/sources.list.d/docker.list; mv /root/source {SOURCE}")


def test_a_source_by_dockers_own_instructions_is_as_declared(source: Site) -> None:
    source.vps.run(f"sed -i '/^#/d' {SOURCE}")
    assert source.plan() == []


def test_a_source_with_another_key_is_named(bare: Served, source: Site) -> None:
    uri = f"{bare.repository.url}/debian"
    source.vps.run(
        f"echo 'deb [signed-by=/usr/share/keyrings/docker.gpg] {uri} trixie stable' "
        "> /etc/apt/sources.list.d/docker.list"
    )
    # What apt itself makes of it, and why there is a preflight.
    apt = source.vps.run("apt-get update", check=False)
    assert "Conflicting values set for option Signed-By" in apt.stderr
    done = source.deploy()
    assert done.returncode == 1
    assert f"/etc/apt/sources.list.d/docker.list names {uri} too" in done.stderr
    assert "rm /etc/apt/sources.list.d/docker.list" in done.stderr


def test_packages_of_the_distribution_are_named_and_kept(distro: Site) -> None:
    before = distro.fingerprint()
    done = distro.deploy()
    assert done.returncode == 1
    assert (
        "packages in the way of Docker's own: "
        "containerd, docker-cli, docker-compose, docker.io, runc\n" in done.stderr
    )
    assert "set docker_source = 'distro' to keep them" in done.stderr
    assert distro.fingerprint() == before
