"""What is refused is refused before anything changes, with what, where and how to fix."""

from __future__ import annotations

from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import pytest

from tests.e2e.conftest import Site, changed
from tests.vps.workspace import host_data

Case = tuple[dict[str, Any], list[str]]
#: Hosts in one run that connects.
_AT_ONCE = 6


@pytest.fixture
def site(converged: Site) -> Iterator[Site]:
    """The shared server with its inventory put back afterwards."""
    yield converged
    converged.declare()
    (converged.workspace.directory / ".env").unlink(missing_ok=True)


#: Settings that are refused before the first connection, and what is said.
SETTINGS: list[Case] = [
    ({"http_prt": 8080}, ["unknown setting http_prt", "did you mean http_port?"]),
    ({"http_port": 80800}, ["http_port = 80800", "less than or equal to 65535"]),
    ({"management_port": 8080}, ["http_port and management_port are both 8080"]),
    ({"kestra_image": "kestra/kestra:latest", "allow_latest": False}, ["allow_latest = True"]),
    ({"image_archive": "/nowhere.tar"}, ["image_archive /nowhere.tar is not there"]),
    ({"image_archive_sha256": "0" * 64}, ["image_archive_sha256 says 0000"]),
    ({"profile": "tool"}, ["profile = 'tool'", "set profile = 'tools'"]),
    ({"docker_source": "snap"}, ["docker_source = 'snap'", "'distro'"]),
    ({"docker_min_version": "new"}, ["docker_min_version = 'new'", "such as 24.0"]),
    ({"docker_users": "me"}, ["docker_users = 'me'", "valid list"]),
    ({"compose_deb": "/nowhere.deb"}, ["/nowhere.deb"]),
    ({"compose_deb_sha256": "abc"}, ["compose_deb_sha256 = 'abc'", "64 hexadecimal digits"]),
    ({"image_source": "build"}, ["image_source = 'build'", "'registry'"]),
    ({"image_archive": None}, ["image_archive is not set"]),
    (
        {"image_archive": "https://example.com/i.tar", "image_archive_sha256": None},
        ["image_archive_sha256 is not set"],
    ),
    ({"image_archive_sha256": "xyz"}, ["64 hexadecimal digits"]),
    ({"kestra_image": "Kestra:v1"}, ["is not an image reference"]),
    ({"kestra_image": "kestra/kestra", "allow_latest": False}, ["names no fixed version"]),
    ({"kestra_image": "kestra/kestra:v1.2", "allow_latest": False}, ["names no fixed version"]),
    ({"kestra_image": 13}, ["kestra_image = 13", "valid string"]),
    ({"postgres_image": "postgres:13"}, ["14 or newer"]),
    ({"postgres_image": "postgres", "allow_latest": False}, ["names no fixed version"]),
    ({"allow_latest": "yes"}, ["allow_latest = 'yes'", "valid boolean"]),
    ({"accept_vulnerable_version": 1}, ["accept_vulnerable_version = 1", "valid boolean"]),
    ({"root_dir": "opt/kestra"}, ["root_dir = 'opt/kestra'", "absolute path"]),
    ({"root_dir": "/opt"}, ["at least two levels deep"]),
    ({"root_dir": "/etc/kestra"}, ["belongs to the system"]),
    ({"project_name": "Tools"}, ["project_name = 'Tools'", "lower-case letters"]),
    ({"container_name": "a b"}, ["container_name = 'a b'"]),
    ({"container_name": "tools-kestra-postgres"}, ["are both tools-kestra-postgres"]),
    ({"network": "host"}, ["network = 'host'", "a meaning of its own"]),
    ({"http_port": "8080"}, ["http_port = '8080'", "valid integer"]),
    ({"management_port": 0}, ["management_port = 0", "greater than or equal to 1"]),
    ({"bind_address": "everywhere"}, ["bind_address = 'everywhere'", "must be an IP address"]),
    ({"kestra_url": "kestra.example.com"}, ["kestra_url = 'kestra.example.com'", "http://"]),
    ({"basic_auth_username": "admin"}, ["must be an e-mail address"]),
    ({"db_name": "Kestra"}, ["db_name = 'Kestra'", "lower-case PostgreSQL name"]),
    ({"db_user": "pg_me"}, ["must not start with pg_"]),
    ({"kestra_memory_mb": 1}, ["kestra_memory_mb = 1", "greater than or equal to 256"]),
    ({"health_timeout": 1}, ["health_timeout = 1", "greater than or equal to 10"]),
    ({"min_cpus": 0}, ["min_cpus = 0", "greater than or equal to 1"]),
    ({"kestra_db_password": "x"}, ["a secret never stands in an inventory"]),
    (
        {"accept_vulnerable_version": False, "kestra_image": "kestra/kestra:v1.3.20"},
        ["CVE-2026-53576"],
    ),
]
#: Those that do not fit the host, which is looked at for it.
FITTING: list[Case] = [
    ({"kestra_image": "kestra/kestra:v9.9.9"}, ["kestra/kestra:v9.9.9 is not in the archive"]),
    ({"min_cpus": 999}, ["at least 999 wanted", "set min_cpus"]),
    ({"min_memory_mb": 9_000_000}, ["at least 9000000 MiB wanted", "set min_memory_mb"]),
    ({"min_disk_gb": 900_000}, ["at least 900000 GB wanted", "set min_disk_gb"]),
    ({"http_port": 22, "bind_address": "0.0.0.0"}, ["port 22 is taken by sshd"]),
    ({"docker_users": ["nobody-here"]}, ["no user nobody-here on the host", "docker_users"]),
    ({"root_dir": "/srv/another"}, ["the stack on the host lives in /opt/kestra"]),
    ({"project_name": "another"}, ["/opt/kestra belongs to the stack tools-kestra"]),
    ({"bind_address": "203.0.113.9"}, ["the host has no address 203.0.113.9"]),
    ({"postgres_image": "postgres:99"}, ["the database on the host was made by PostgreSQL"]),
    ({"db_name": "orders"}, ["the database on the host was made with db_name = 'kestra'"]),
    ({"db_user": "orders"}, ["the database on the host was made with db_user = 'kestra'"]),
]


class Refused(NamedTuple):
    """A run over many hosts, each with one bad setting, and whether the server changed."""

    done: CompletedProcess[str]
    untouched: bool

    def of(self, number: int) -> str:
        """What was said of one of them."""
        said = self.done.stderr.split("[case-")
        return "".join(text for text in said if text.startswith(f"{number}]"))


def _name(number: int) -> str:
    return f"case-{number}"


def refused(site: Site, cases: list[Case]) -> Refused:
    """Deploys to as many hosts as cases, all of them the same server."""
    usual = {**host_data(site.vps, site.workspace.directory / "known_hosts"), **site.data}
    before = site.fingerprint()
    hosts = {_name(number): {**usual, **data} for number, (data, _) in enumerate(cases)}
    site.workspace.name_hosts(hosts)
    done = site.deploy()
    site.declare()
    return Refused(done, site.fingerprint() == before)


@pytest.fixture(scope="module")
def before_connecting(converged: Site) -> Refused:
    return refused(converged, SETTINGS)


@pytest.mark.parametrize("number", range(len(SETTINGS)), ids=lambda n: ", ".join(SETTINGS[n][0]))
def test_setting_is_refused_before_connecting(before_connecting: Refused, number: int) -> None:
    done, untouched = before_connecting
    assert (done.returncode, untouched) == (1, True)
    assert "settings refused, nothing was changed" in done.stderr
    assert "Connected" not in done.stderr
    for text in SETTINGS[number][1]:
        assert text in before_connecting.of(number)


@pytest.fixture(scope="module")
def by_the_host(converged: Site) -> list[Refused]:
    """A few at a time: sshd turns connections away that come all at once."""
    return [refused(converged, FITTING[n : n + _AT_ONCE]) for n in range(0, len(FITTING), _AT_ONCE)]


@pytest.mark.parametrize("number", range(len(FITTING)), ids=lambda n: ", ".join(FITTING[n][0]))
def test_what_does_not_fit_the_host_is_refused(by_the_host: list[Refused], number: int) -> None:
    run, number_there = by_the_host[number // _AT_ONCE], number % _AT_ONCE
    assert (run.done.returncode, run.untouched) == (1, True)
    for text in ["refused, nothing was changed", *FITTING[number][1]]:
        assert text in run.of(number_there)


def test_a_foreign_container_with_our_name_is_named(site: Site) -> None:
    site.vps.run(". /opt/kestra/config/images.env; docker create --name foreign $POSTGRES_IMAGE")
    try:
        site.declare(container_name="foreign")
        done = site.deploy()
    finally:
        site.vps.run("docker rm -f foreign")
    assert done.returncode == 1
    assert "a container named foreign exists and is not ours" in done.stderr


def test_a_stranger_on_our_port_is_named(site: Site) -> None:
    site.declare(http_port=8899)
    with site.port_taken(8899):
        done = site.deploy()
    assert done.returncode == 1
    assert "port 8899 is taken by python3 (pid " in done.stderr


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("echo 'no value here' >> .env", "/opt/kestra/.env: line 12 is not KEY=value"),
        ("echo '<i>=1' >> .env", "/opt/kestra/.env: line 12 is not KEY=value"),
        (
            "sed -i s/^KESTRA_ENCRYPTION_SECRET_KEY=.*/KESTRA_ENCRYPTION_SECRET_KEY=QUJD/ .env",
            "KESTRA_ENCRYPTION_SECRET_KEY in .env is not the one that Kestra has",
        ),
    ],
    ids=["no value", "no name", "encryption key"],
)
def test_an_env_file_that_must_not_be_used_is_left_alone(site: Site, edit: str, said: str) -> None:
    """And Kestra runs on with what it has."""
    site.vps.run(f"cp -p /opt/kestra/.env /root/env; cd /opt/kestra && {edit}")
    try:
        before = site.fingerprint()
        done = site.deploy()
        assert site.fingerprint() == before
    finally:
        site.vps.run("mv /root/env /opt/kestra/.env")
    assert done.returncode == 1
    assert said in done.stderr


def test_a_broken_daemon_json_is_left_alone(site: Site) -> None:
    site.vps.run("cp -p /etc/docker/daemon.json /root/d; echo '{' > /etc/docker/daemon.json")
    try:
        done = site.deploy()
        assert site.vps.run("cat /etc/docker/daemon.json").stdout == "{\n"
    finally:
        site.vps.run("mv /root/d /etc/docker/daemon.json")
    assert done.returncode == 1
    assert "/etc/docker/daemon.json on the host" in done.stderr
    # For all the daemon could know, the file that came back says something else.
    assert changed(site.deploy()) == 1


def test_wrong_database_password_is_named_and_data_kept(site: Site) -> None:
    """The state after an `.env` was replaced under an existing database."""
    site.vps.run(
        "cp -p /opt/kestra/.env /root/env; "
        "sed -i s/^KESTRA_DB_PASSWORD=.*/KESTRA_DB_PASSWORD=AnotherValue123/ /opt/kestra/.env"
    )
    try:
        done = site.deploy()
    finally:
        site.vps.run("mv /root/env /opt/kestra/.env")
    assert done.returncode == 1
    assert "PostgreSQL refuses the KESTRA_DB_PASSWORD" in done.stderr
    assert "AnotherValue123" not in done.stdout + done.stderr
    assert "nothing was changed" in done.stderr, "the containers had the last copy"
    assert site.plan() == []


def test_storage_that_cannot_be_written_stops_the_deploy(site: Site) -> None:
    site.vps.run("chmod 700 /opt")
    try:
        done = site.deploy()
    finally:
        site.vps.run("chmod 755 /opt")
    assert done.returncode == 1
    assert "/opt/kestra/tools/kestra/storage is not writable for uid " in done.stderr


def test_operators_keys_and_comments_in_env_are_kept(site: Site) -> None:
    site.vps.run(
        "printf '# mine\\nMY_OWN=1\\n' >> /opt/kestra/.env; sed -i /^KESTRA_HTTP/d /opt/kestra/.env"
    )
    done = site.deploy()
    assert ".env: KESTRA_HTTP_PORT: removed; declared: the inventory's value" in done.stderr
    kept = site.vps.run("grep -c -e '^# mine' -e '^MY_OWN=1' /opt/kestra/.env").stdout
    assert kept == "2\n"
    assert changed(site.deploy()) == 0


def test_inventory_without_hosts_says_how_to_make_one(site: Site) -> None:
    (site.workspace.directory / "inventory" / "servers.py").unlink()
    done = site.deploy()
    assert done.returncode == 1
    assert "cp inventory/_server.py inventory/server.py" in done.stderr


def test_a_limit_that_matches_nothing_is_an_error(site: Site) -> None:
    done = site.deploy("--limit", "nobody")
    assert done.returncode == 1
    assert "leaves no host; the inventory has:" in done.stderr


def test_credentials_refuse_a_pipe(site: Site) -> None:
    done = site.workspace.run("kestra-provision", "credentials", site.vps.name)
    assert done.returncode == 1
    assert "--force" in done.stderr
    forced = site.workspace.run("kestra-provision", "credentials", site.vps.name, "--force")
    assert forced.returncode == 0, forced.stderr
    assert "KESTRA_BASICAUTH_PASSWORD" in forced.stdout
