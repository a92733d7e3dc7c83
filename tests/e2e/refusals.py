"""Settings that are refused, what is said of them, and one run over all of them."""

from __future__ import annotations

from subprocess import CompletedProcess
from typing import Any, NamedTuple

from tests.e2e.conftest import Site
from tests.vps.workspace import host_data

Case = tuple[dict[str, Any], list[str]]
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
