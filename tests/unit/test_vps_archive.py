"""The archive of the tests' images: which of its tags is Kestra, which is PostgreSQL."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from tests.vps import archive as module
from tests.vps.archive import (
    AllImages,
    ArchiveError,
    TestImages,
    all_images,
    chosen,
    optional,
    sha256,
    tags,
    test_images,
)
from tests.vps.merge import merge

KESTRA = "registry.example:5000/kestra/kestra:v1.3.39"
POSTGRES = "kestra-provision/postgres-debian:17"
N8N = "n8nio/n8n:1.123.81"
SIDECAR = "example/kestra-sidecar:2"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def saved(path: Path, *images: list[str] | None, mode: str = "w", name: str = "") -> Path:
    """A file as `docker save` writes it, with nothing in its layers."""
    manifest = [{"Config": "c.json", "RepoTags": given, "Layers": []} for given in images]
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for entry, text in (("c.json", "{}"), (name or "manifest.json", json.dumps(manifest))):
            member = tarfile.TarInfo(entry)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_tags_are_read_plain_and_compressed(tmp_path: Path, mode: str) -> None:
    file = saved(tmp_path / "a.tar", [KESTRA], [POSTGRES], None, mode=mode)
    assert tags(file) == [KESTRA, POSTGRES]


def test_a_leading_dot_in_the_names_does_not_matter(tmp_path: Path) -> None:
    assert tags(saved(tmp_path / "a.tar", [KESTRA], name="./manifest.json")) == [KESTRA]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"no file .*absent\.tar"):
        tags(tmp_path / "absent.tar")


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\x1f\x8bcut short"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(content)
    with pytest.raises(ArchiveError, match="docker save"):
        tags(file)


def test_a_tar_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"no manifest\.json"):
        tags(saved(tmp_path / "a.tar", name="other.json"))


def test_only_the_last_part_of_the_repository_counts() -> None:
    # The namespace of ours has "kestra" in it as well.
    assert chosen([POSTGRES, KESTRA], Path("a.tar")) == (KESTRA, POSTGRES)


def test_n8n_and_a_sidecar_may_be_there_as_well() -> None:
    found = [N8N, KESTRA, SIDECAR, POSTGRES]
    assert chosen(found, Path("a.tar")) == (KESTRA, POSTGRES)
    assert optional(found, "n8n", Path("a.tar")) == N8N
    assert optional(found, "sidecar", Path("a.tar")) == SIDECAR
    assert optional([KESTRA], "n8n", Path("a.tar")) is None


def test_two_of_a_kind_are_refused() -> None:
    with pytest.raises(ArchiveError, match=r"more than one image named \*n8n\*: n8n:1, n8n:2"):
        optional(["n8n:1", "n8n:2"], "n8n", Path("a.tar"))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([KESTRA], r"named \*postgres\* and has 0.*Its tags: .*kestra:v1\.3\.39"),
        ([POSTGRES, "redis:7"], r"named \*kestra\* and has 0.*redis:7"),
        ([KESTRA, "kestra:v2", POSTGRES], r"named \*kestra\* and has 2"),
        ([], r"Its tags: none"),
    ],
)
def test_an_archive_with_other_images_is_refused(found: list[str], message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        chosen(found, Path("a.tar"))


def test_the_variable_brings_real_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path / "a.tar", [KESTRA], ["postgres:17"])
    monkeypatch.setenv(module.VARIABLE, str(file))
    assert test_images() == TestImages(file, sha256(file), KESTRA, "postgres:17", False)


def test_a_stand_in_that_is_brought_is_still_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = saved(tmp_path / "a.tar", ["x/kestra-standin:v1"], ["postgres:17"])
    monkeypatch.setenv(module.VARIABLE, str(file))
    assert test_images().standin


def test_all_four_may_be_brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path / "a.tar", [KESTRA], [POSTGRES, N8N, SIDECAR])
    monkeypatch.setenv(module.VARIABLE, str(file))
    whole = AllImages(file, sha256(file), KESTRA, POSTGRES, False, N8N, SIDECAR)
    assert all_images() == whole


def test_what_was_not_brought_is_a_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = saved(tmp_path / "a.tar", [KESTRA], [POSTGRES, N8N])
    monkeypatch.setenv(module.VARIABLE, str(file))
    monkeypatch.setattr(module, "sidecar_image", lambda: "x/sidecar-standin:1")
    beside = saved(tmp_path / "b.tar", ["x/sidecar-standin:1"])
    monkeypatch.setattr(module, "_saved", lambda _, images: {1: beside}[len(images)])
    found = all_images()
    assert (found.kestra, found.n8n, found.sidecar) == (KESTRA, N8N, "x/sidecar-standin:1")
    assert found.archive != file
    assert sorted(tags(found.archive)) == sorted([KESTRA, POSTGRES, N8N, "x/sidecar-standin:1"])
    assert test_images().archive == file


def test_merged_files_hold_what_they_share_once(tmp_path: Path) -> None:
    first = saved(tmp_path / "a.tar", [KESTRA])
    second = saved(tmp_path / "b.tar", [N8N], mode="w:gz")
    merge([first, second], tmp_path / "c.tar")
    assert tags(tmp_path / "c.tar") == [KESTRA, N8N]
    with tarfile.open(tmp_path / "c.tar") as content:
        assert sorted(content.getnames()) == ["c.json", "manifest.json"]
    assert not list(tmp_path.glob("*.partial"))


def test_the_digest_follows_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(b"one")
    first = sha256(file)
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert sha256(file) != first


def test_the_digest_is_not_reckoned_twice(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(b"one")
    os.utime(file, ns=(1, 1))
    first = sha256(file)
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert sha256(file) == first
