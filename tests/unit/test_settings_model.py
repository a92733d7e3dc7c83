"""Every setting, its default, and the rules between settings."""

from typing import Any

import pytest
from pydantic import ValidationError

from kestra_provision.profiles.tools import Tools

#: What the documentation promises; a changed default is a changed contract.
DEFAULTS: dict[str, Any] = {
    "profile": "tools",
    "docker_source": "docker",
    "docker_repository": "https://download.docker.com/linux",
    "docker_repository_fingerprint": "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
    "docker_version": None,
    "docker_min_version": "24.0",
    "docker_users": [],
    "compose_deb": None,
    "compose_deb_sha256": None,
    "image_source": "registry",
    "image_archive": None,
    "image_archive_sha256": None,
    "kestra_image": "kestra/kestra:v1.3.39",
    "postgres_image": "postgres:17",
    "allow_latest": False,
    "accept_vulnerable_version": False,
    "root_dir": "/opt/kestra",
    "project_name": "tools-kestra",
    "container_name": "tools-kestra",
    "postgres_container_name": "tools-kestra-postgres",
    "network": "tradingsystem_backend",
    "http_port": 8080,
    "management_port": 8081,
    "bind_address": "127.0.0.1",
    "kestra_url": None,
    "basic_auth_username": "admin@kestra.local",
    "db_name": "kestra",
    "db_user": "kestra",
    "watch_interval_minutes": 1,
    "notify_command": None,
    "self_repair_per_hour": 0,
    "kestra_memory_mb": None,
    "postgres_memory_mb": None,
    "health_timeout": 300,
    "min_cpus": 2,
    "min_memory_mb": 3600,
    "min_disk_gb": 30,
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_setting_has_its_documented_default(name: str) -> None:
    assert getattr(Tools(), name) == DEFAULTS[name]


def test_every_setting_says_what_it_means() -> None:
    assert [n for n, field in Tools.model_fields.items() if not field.description] == []


def test_defaults_keep_their_own_rules() -> None:
    assert Tools(**Tools().model_dump()) == Tools()


@pytest.mark.parametrize("name", Tools.model_fields)
def test_settings_cannot_be_changed(name: str) -> None:
    settings = Tools()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, name, getattr(settings, name))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"profile": "other"}, "Input should be 'tools'"),
    ({"docker_source": "podman"}, "'docker', 'distro' or 'present'"),
    ({"docker_repository": "https://mirror.example.com/linux/"}, "a slash at its end"),
    ({"docker_repository_fingerprint": "9dc8 5822"}, "40 hexadecimal digits in upper case"),
    ({"docker_version": "28.2"}, "full version of Docker Engine such as 28.2.2"),
    ({"docker_version": "28.2.2", "docker_source": "distro"}, "only docker_source = 'docker'"),
    (
        {"docker_version": "23.0.6"},
        "docker_version 23.0.6 is older than docker_min_version 24.0",
    ),
    ({"compose_deb": "compose.deb"}, "docker_source = 'docker' brings a compose plugin already"),
    ({"docker_min_version": "new"}, "must be a version such as 24.0"),
    ({"docker_users": ["-rf"]}, "starts with one of the first two"),
    ({"compose_deb_sha256": "abc"}, "64 hexadecimal digits"),
    ({"image_source": "build-it"}, "'registry' or 'archive'"),
    ({"image_archive_sha256": "A" * 64}, "64 hexadecimal digits"),
    ({"kestra_image": "Kestra/Kestra:v1"}, "is not an image reference"),
    ({"allow_latest": "yes"}, "valid boolean"),
    ({"accept_vulnerable_version": 1}, "valid boolean"),
    ({"root_dir": "opt/kestra"}, "must be an absolute path"),
    ({"root_dir": "/opt"}, "at least two levels deep"),
    ({"container_name": "a b"}, "may hold letters, digits"),
    ({"network": "/net"}, "may hold letters, digits"),
    ({"http_port": 0}, "greater than or equal to 1"),
    ({"http_port": 65536}, "less than or equal to 65535"),
    ({"http_port": "8080"}, "valid integer"),
    ({"management_port": True}, "valid integer"),
    ({"bind_address": "localhost"}, "must be an IP address"),
    ({"kestra_url": "kestra.example.com"}, "must start with http:// or https://"),
    ({"basic_auth_username": "admin"}, "must be an e-mail address"),
    ({"db_name": "Kestra"}, "lower-case PostgreSQL name"),
    ({"db_user": "kestra-user"}, "lower-case PostgreSQL name"),
    ({"kestra_memory_mb": 255}, "greater than or equal to 256"),
    ({"postgres_memory_mb": 1.5}, "valid integer"),
    ({"health_timeout": 9}, "greater than or equal to 10"),
    ({"health_timeout": 3601}, "less than or equal to 3600"),
    ({"min_cpus": 0}, "greater than or equal to 1"),
    ({"min_memory_mb": 0}, "greater than or equal to 1"),
    ({"min_disk_gb": 0}, "greater than or equal to 1"),
    ({"no_such_setting": 1}, "Extra inputs are not permitted"),
    ({"http_port": 8081}, "http_port and management_port are both 8081"),
    ({"watch_interval_minutes": 0, "notify_command": "x"}, "notify_command is set, and with"),
    ({"watch_interval_minutes": 0, "self_repair_per_hour": 1}, "self_repair_per_hour is set, and"),
    (
        {"container_name": "same", "postgres_container_name": "same"},
        "container_name and postgres_container_name are both same",
    ),
    ({"image_source": "archive"}, "image_archive is not set, and image_source = 'archive'"),
    (
        {"image_source": "archive", "image_archive": "https://example.com/i.tar"},
        "image_archive_sha256 is not set, and a URL as image_archive needs it",
    ),
    ({"kestra_image": "kestra/kestra:latest"}, "kestra/kestra:latest names no fixed version"),
    ({"kestra_image": "kestra/kestra"}, "names no fixed version"),
    ({"kestra_image": "kestra/kestra:v1.3.20"}, "is vulnerable (CVE-2026-53576"),
    ({"kestra_image": "kestra/kestra:v2.0.0"}, "is vulnerable (kestra#19137"),
    ({"postgres_image": "postgres:13"}, "must name a major version, 14 or newer"),
    ({"postgres_image": "postgres:alpine"}, "must name a major version, 14 or newer"),
    (
        {"postgres_image": "postgres:latest", "allow_latest": True},
        "must name a major version, 14 or newer",
    ),
]


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=[str(given) for given, _ in REFUSED])
def test_bad_value_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        Tools(**given)
    assert message in str(error.value)


def test_one_mistake_is_told_once() -> None:
    with pytest.raises(ValidationError) as error:
        Tools(compose_deb="compose.deb")
    assert str(error.value).count("compose_deb is set") == 1


ACCEPTED: list[dict[str, Any]] = [
    {"docker_source": "present"},
    {"docker_version": "28.2.2", "docker_min_version": "28.2"},
    {"docker_repository": "http://10.0.0.1:8080/docker/linux"},
    {"docker_source": "distro", "compose_deb": "compose.deb"},
    {"docker_users": ["debian", "ops", "jane.doe@example.com"]},
    {"root_dir": "/srv/apps/kestra"},
    {"bind_address": "::1"},
    {"bind_address": "0.0.0.0"},
    {"kestra_url": "https://kestra.example.com/"},
    {"kestra_url": "https://example.com/kestra/"},
    {"kestra_image": "kestra/kestra:latest", "allow_latest": True},
    {"kestra_image": "kestra/kestra:v0.20.7", "accept_vulnerable_version": True},
    {"kestra_image": f"kestra/kestra@sha256:{'a' * 64}"},
    {"postgres_image": f"postgres:18@sha256:{'0' * 64}"},
    {"image_source": "archive", "image_archive": "~/images.tar"},
    {
        "image_source": "archive",
        "image_archive": "http://10.0.0.1/i.tar",
        "image_archive_sha256": "0" * 64,
    },
]


@pytest.mark.parametrize("given", ACCEPTED, ids=str)
def test_good_value_is_taken_as_it_is(given: dict[str, Any]) -> None:
    settings = Tools(**given)
    assert {name: getattr(settings, name) for name in given} == given


def test_all_clashes_are_named_in_one_message() -> None:
    with pytest.raises(ValidationError) as error:
        Tools(http_port=9, management_port=9, image_source="archive", postgres_image="postgres")
    text = str(error.value)
    assert "both 9" in text
    assert "image_archive is not set" in text
    assert "postgres names no fixed version" in text


def test_url_follows_the_port_unless_given() -> None:
    assert Tools(http_port=9090).url == "http://localhost:9090/"
    assert Tools(kestra_url="https://k.example.com/").url == "https://k.example.com/"


@pytest.mark.parametrize(
    ("archive", "is_url"), [(None, False), ("/a.tar", False), ("https://x/a.tar", True)]
)
def test_archive_is_url(archive: str | None, is_url: bool) -> None:
    assert Tools(image_archive=archive, image_archive_sha256="0" * 64).archive_is_url is is_url
