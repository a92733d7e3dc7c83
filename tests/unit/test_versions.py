"""The small table of versions: image references, refusals, differences."""

import pytest
from packaging.version import Version

from kestra_provision.settings.versions import (
    DEFAULT_KESTRA,
    ImageReference,
    api_prefix,
    kestra_version,
    postgres_data_mount,
    postgres_major,
    vulnerability,
)

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres", ("postgres", None, None)),
        ("postgres:17", ("postgres", "17", None)),
        ("kestra/kestra:v1.3.39", ("kestra/kestra", "v1.3.39", None)),
        (f"kestra/kestra@{DIGEST}", ("kestra/kestra", None, DIGEST)),
        (f"kestra/kestra:v1.3.39@{DIGEST}", ("kestra/kestra", "v1.3.39", DIGEST)),
        ("registry.example:5000/a/b", ("registry.example:5000/a/b", None, None)),
        ("registry.example:5000/a/b:1", ("registry.example:5000/a/b", "1", None)),
    ],
)
def test_reference_is_split(text: str, expected: tuple[str, str | None, str | None]) -> None:
    found = ImageReference.parse(text)
    assert (found.repository, found.tag, found.digest) == expected


@pytest.mark.parametrize(
    ("text", "rolling"),
    [
        ("kestra/kestra", True),
        ("kestra/kestra:latest", True),
        ("kestra/kestra:latest-lts", True),
        ("kestra/kestra:latest-no-plugins", True),
        ("kestra/kestra:develop", True),
        ("registry.example:5000/kestra", True),
        ("kestra/kestra:v1.3.39", False),
        (f"kestra/kestra@{DIGEST}", False),
        (f"kestra/kestra:latest@{DIGEST}", False),
        ("postgres:17", False),
    ],
)
def test_rolling(text: str, rolling: bool) -> None:
    assert ImageReference.parse(text).rolling is rolling


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("kestra/kestra:v1.3.39", "1.3.39"),
        ("kestra/kestra:0.20.7-slim", "0.20.7"),
        ("kestra/kestra:v1.3.39-no-plugins", "1.3.39"),
        ("registry.example:5000/kestra:v2.0.1", "2.0.1"),
        ("kestra/kestra:latest", None),
        ("kestra/kestra:v1.3", None),
        ("kestra/kestra", None),
        ("host:5000/kestra", None),
    ],
)
def test_kestra_version(image: str, version: str | None) -> None:
    assert kestra_version(image) == (Version(version) if version else None)


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        ("0.20.7", "CVE-2026-53576"),
        ("1.0.44", "CVE-2026-53576"),
        ("1.0.45", None),
        ("1.0.99", None),
        ("1.1.0", "CVE-2026-53576"),
        ("1.2.50", "CVE-2026-53576"),
        ("1.3.20", "CVE-2026-53576"),
        ("1.3.21", None),
        (DEFAULT_KESTRA, None),
        ("2.0.0", "kestra#19137"),
        ("2.0.1", None),
    ],
)
def test_vulnerability(version: str, refused: str | None) -> None:
    why = vulnerability(Version(version))
    assert (why or "").partition(",")[0] == (refused or "")


@pytest.mark.parametrize(
    ("version", "prefix"),
    [
        ("0.20.7", "/api/v1"),
        ("0.22.99", "/api/v1"),
        ("0.23.0", "/api/v1/main"),
        ("1.3.39", "/api/v1/main"),
        (None, "/api/v1/main"),
    ],
)
def test_api_prefix(version: str | None, prefix: str) -> None:
    assert api_prefix(Version(version) if version else None) == prefix


@pytest.mark.parametrize(
    ("image", "major"),
    [
        ("postgres:17", 17),
        ("postgres:17.6-alpine", 17),
        (f"postgres:18@{DIGEST}", 18),
        ("postgres:alpine", None),
        ("postgres", None),
    ],
)
def test_postgres_major(image: str, major: int | None) -> None:
    assert postgres_major(image) == major


@pytest.mark.parametrize(
    ("image", "mount"),
    [
        ("postgres:14", "/var/lib/postgresql/data"),
        ("registry.example/postgres:17.6-alpine", "/var/lib/postgresql/data"),
        ("postgres:18", "/var/lib/postgresql"),
    ],
)
def test_postgres_data_mount(image: str, mount: str) -> None:
    assert postgres_data_mount(image) == mount
