"""The settings that tests know, one case each: what is declared, and what the host is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.unit.test_openpgp import FINGERPRINT

#: Memory in MiB, as `survey` in `golden_host` writes it down.
Facts = Mapping[str, Any]
_NONE: Mapping[str, Any] = MappingProxyType({})


class Case(NamedTuple):
    """
    + settings: as an inventory has them
    + host: what the bare Debian 13 with 4 GB of the default case is not
    + given: secrets of the operator beside those that every case has
    """

    settings: Mapping[str, Any] = _NONE
    host: Facts = _NONE
    given: Mapping[str, str] = _NONE


#: Obviously fake, and the same in each run.
SECRETS = {
    "KESTRA_DB_PASSWORD": "Obviously-fake-1",
    "KESTRA_BASICAUTH_PASSWORD": "Obviously-fake-2",
    "KESTRA_ENCRYPTION_SECRET_KEY": "b2J2aW91c2x5LWZha2Utb2J2aW91c2x5LWZha2UtMTI=",
    "KESTRA_POSTGRES_PASSWORD": "Obviously-fake-4",
    "N8N_DB_PASSWORD": "Obviously-fake-5",
    "N8N_ENCRYPTION_KEY": "Obviously-fake-6",
    "SIDECAR_TOKEN": "Obviously-fake-7",
}
PROXY = {"http_proxy": "http://10.0.0.1:3128"}
DEBIAN_DOCKER = {
    "docker": "26.1.5+dfsg1",
    "compose": "2.26.1-4",
    "packages": ["docker.io", "docker-cli", "docker-compose", "containerd", "runc"],
}
DOCKER_DOCKER = {
    "docker": "28.2.2",
    "compose": "2.36.2",
    "packages": ["docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin"],
}
BOOKWORM = {"os": ["debian", "12", "Debian GNU/Linux 12 (bookworm)", "bookworm"]}
NOBLE = {"os": ["ubuntu", "24.04", "Ubuntu 24.04.3 LTS", "noble"]}
#: What is written for `{archive}` and `{deb}` is a file that the test makes.
ARCHIVE = {"image_source": "archive", "image_archive": "{archive}"}
NASTY = """printf '%s\\n' "it's \\$HOME" | cat >> /tmp/a b; # `x` {{ y }}"""
#: With what every reader of a file would take in a way of its own.
ENVIRONMENT = {
    "kestra_env": {
        "ENV_X": "ä $HOME ${HOME} $$ \"q\" 'a' `b` \\ # {{ x }}\nzwei\tdrei",
        "BACKEND_URL": "http://backend:8000/",
        "API_TOKEN": "Obviously-fake-8",
        "NO": "no",
    },
    "kestra_config": {
        "kestra": {"jdbc": {"queues": {"max-poll-interval": "1s"}}, "x": ["${ENV_X}", "a\nb"]},
        "micronaut.server.cors.enabled": True,
    },
    "kestra_open_urls": ["/api/v1/main/executions/webhook/company.team/"],
    "kestra_log_levels": {"root": "OFF", "io.kestra": "WARN"},
    "kestra_json_logs": True,
    "kestra_worker_threads": 5,
    "kestra_executor_threads": 7,
    "kestra_time_zone": "America/Sao_Paulo",
}


def _kestra(version: str) -> Case:
    """Old versions are accepted in tests only."""
    image = f"kestra/kestra:v{version}"
    return Case({"kestra_image": image, "accept_vulnerable_version": True})


CASES: dict[str, Case] = {
    "default": Case(),
    **{
        f"kestra-{version}": _kestra(version)
        for version in ("0.20.7", "0.21.4", "0.22.99", "0.23.0", "0.24.0", "1.3.38", "2.0.0")
    },
    "kestra-2.0.1": Case({"kestra_image": "registry.example:5000/kestra:v2.0.1"}),
    "kestra-latest": Case({"kestra_image": "kestra/kestra:latest", "allow_latest": True}),
    "kestra-digest": Case({"kestra_image": f"kestra/kestra@sha256:{'a' * 64}"}),
    "postgres-16": Case({"postgres_image": "postgres:16.9-alpine"}),
    "postgres-18": Case({"postgres_image": f"postgres:18@sha256:{'0' * 64}"}),
    "docker-version": Case({"docker_version": "28.2.2", "docker_min_version": "28.2"}),
    "docker-mirror": Case({"docker_repository": "http://10.0.0.1:8080/docker/linux"}),
    "docker-fingerprint": Case({"docker_repository_fingerprint": FINGERPRINT}),
    "docker-there": Case(host=DOCKER_DOCKER),
    "docker-distro": Case({"docker_source": "distro"}),
    "docker-distro-there": Case({"docker_source": "distro"}, DEBIAN_DOCKER),
    "docker-distro-ubuntu": Case({"docker_source": "distro"}, NOBLE),
    "docker-present": Case(
        {"docker_source": "present"}, {"docker": "29.0", "compose": "2.40.3", "packages": []}
    ),
    "docker-users": Case({"docker_users": ["debian", "ops"]}, {"users": ["root", "debian", "ops"]}),
    "compose-deb": Case(
        {"docker_source": "distro", "docker_min_version": "20.10", "compose_deb": "{deb}"}, BOOKWORM
    ),
    "debian-12": Case(host=BOOKWORM),
    "ubuntu-24.04": Case(host=NOBLE),
    "sudo": Case(host={"privilege": "sudo", "user": "debian", "users": ["root", "debian"]}),
    "no-systemd": Case(host={"systemd": False}),
    "no-systemd-15-minutes": Case({"watch_interval_minutes": 15}, {"systemd": False}),
    "proxy": Case(PROXY),
    "proxy-exceptions": Case(
        {**PROXY, "no_proxy": ["a.example.com", ".example.org", "*.example.net", "10.0.0.0/8"]}
    ),
    "proxy-gone": Case(host={"apt_proxy": True}),
    "proxy-download": Case(
        {
            **PROXY,
            "no_proxy": ["10.0.0.0/8", ".example.com"],
            "image_source": "archive",
            "image_archive": "https://example.com/images.tar.gz",
            "image_archive_sha256": "0" * 64,
        }
    ),
    "archive": Case(ARCHIVE),
    "archive-url": Case(
        {
            "image_source": "archive",
            "image_archive": "http://10.0.0.1/i.tar",
            "image_archive_sha256": "0" * 64,
        }
    ),
    "registry": Case(
        {
            "registry": "registry.example.com:5000",
            "registry_username": "me",
            "kestra_image": "registry.example.com:5000/kestra/kestra:v1.3.39",
        },
        given={"KESTRA_REGISTRY_PASSWORD": "Obviously-fake-3"},
    ),
    "registry-docker.io": Case(
        {"registry": "docker.io", "registry_username": "me"},
        given={"KESTRA_REGISTRY_PASSWORD": "Obviously-fake-3"},
    ),
    "memory-1-gb": Case({"min_memory_mb": 900}, {"memory_mb": 1000}),
    "memory-3800-mb": Case(host={"memory_mb": 3800}),
    "memory-8-gb": Case(host={"memory_mb": 8250}),
    "memory-64-gb": Case(host={"memory_mb": 64000}),
    "memory-declared": Case({"kestra_memory_mb": 3000, "postgres_memory_mb": 700}),
    "small-host": Case(
        {"min_cpus": 1, "min_memory_mb": 900, "min_disk_gb": 9},
        {"cpus": 1, "memory_mb": 950, "disk_gb": 10},
    ),
    "ports": Case({"http_port": 8180, "management_port": 8685}),
    "everybody": Case({"bind_address": "0.0.0.0", "http_port": 80, "management_port": 9}),
    "ipv6": Case({"bind_address": "2001:db8::1"}, {"addresses": ["127.0.0.1", "2001:db8::1"]}),
    "ipv6-loopback": Case({"bind_address": "::1"}),
    "ipv6-everybody": Case({"bind_address": "::"}),
    "address": Case({"bind_address": "10.0.0.5"}, {"addresses": ["127.0.0.1", "10.0.0.5"]}),
    "loopback-2": Case({"bind_address": "127.0.0.2"}, {"addresses": ["127.0.0.1", "127.0.0.2"]}),
    "url": Case({"kestra_url": "https://example.com/kestra/"}),
    "url-nasty": Case({"kestra_url": "https://example.com/a?b=c&d='e'$(f)/"}),
    "network": Case({"network": "my-net"}),
    "database": Case({"db_name": "d_1", "db_user": "u_1"}),
    "administrator": Case({"basic_auth_username": "first.last+tag@sub.example.com"}),
    "root-dir": Case({"root_dir": "/srv/apps/kestra"}),
    "names": Case(
        {
            "root_dir": "/srv/a.b/k-1_2",
            "project_name": "p_1",
            "container_name": "k.1",
            "postgres_container_name": "pg_1",
        }
    ),
    "names-for-yaml": Case(
        {
            "project_name": "123",
            "container_name": "0x1f",
            "postgres_container_name": "1e3",
            "network": "12",
        }
    ),
    "second-stack": Case(
        {
            "root_dir": "/opt/other",
            "project_name": "other",
            "container_name": "other-kestra",
            "postgres_container_name": "other-postgres",
            "http_port": 8090,
            "management_port": 8091,
        }
    ),
    "kestra-environment": Case(ENVIRONMENT),
    "quick-environment": Case({"profile": "quick", **ENVIRONMENT}),
    "devorch-environment": Case({"profile": "devorch", **ENVIRONMENT}),
    "script-tasks-docker": Case({"script_tasks": "docker", "script_images": ["x:1"], **PROXY}),
    "script-tasks-host-docker": Case({"script_tasks": "host-docker"}),
    "quick": Case({"profile": "quick"}),
    "quick-names": Case(
        {
            "profile": "quick",
            "root_dir": "/srv/a.b/k-1_2",
            "project_name": "p_1",
            "container_name": "k.1",
            "network": "my-net",
        }
    ),
    "devorch": Case({"profile": "devorch"}),
    "devorch-sidecar": Case(
        {
            "profile": "devorch",
            "sidecar_image": "registry.example.com/sidecar:1.0",
            "n8n_url": "https://n8n.example.com/",
            "n8n_bind_address": "0.0.0.0",
        }
    ),
    "devorch-names": Case(
        {
            "profile": "devorch",
            "root_dir": "/srv/a.b/k-1_2",
            "project_name": "p_1",
            "container_name": "k.1",
            "postgres_container_name": "pg_1",
            "n8n_container_name": "n.1",
            "n8n_port": 5679,
            "n8n_db_name": "flows",
            "n8n_db_user": "automation",
            "network": "my-net",
        }
    ),
    "health-timeout": Case({"health_timeout": 3600}),
    "watch-never": Case({"watch_interval_minutes": 0}),
    "watch-hourly": Case({"watch_interval_minutes": 59}),
    "notify-command": Case({"notify_command": NASTY}),
    "notify-webhook": Case(given={"KESTRA_NOTIFY_WEBHOOK": "https://hooks.example.com/fake"}),
    "notify-webhook-proxy": Case(
        PROXY, {"systemd": False}, {"KESTRA_NOTIFY_WEBHOOK": "https://hooks.example.com/fake"}
    ),
    "self-repair": Case({"self_repair_per_hour": 3, "watch_interval_minutes": 15}),
    "test-server": Case(
        {
            "docker_source": "distro",
            "watch_interval_minutes": 59,
            **ARCHIVE,
            "accept_vulnerable_version": True,
            "allow_latest": True,
        }
    ),
}
