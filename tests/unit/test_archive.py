"""`docker save` files, old layout and new, and files that are none."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.docker.archive import Archive, ArchivedImage, ArchiveError, read_archive

KESTRA = "kestra/kestra:v1.3.39"
POSTGRES = "postgres:17"
CONFIG = {
    "architecture": "amd64",
    "created": "2026-11-21T02:40:31.598935674Z",
    "rootfs": {"type": "layers", "diff_ids": [f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"]},
}
MANIFEST = [
    {"Config": f"{'a' * 64}.json", "RepoTags": [KESTRA, "kestra:same"], "Layers": []},
    {"Config": f"{'b' * 64}.json", "RepoTags": [POSTGRES], "Layers": []},
    {"Config": f"{'c' * 64}.json", "RepoTags": None, "Layers": []},
]
#: As `docker image inspect` shows it by the fact's format.
CONTENT = f'2026-11-21T02:40:31.598935674Z ["sha256:{"1" * 64}","sha256:{"2" * 64}"]'


def saved(path: Path, members: dict[str, Any], mode: str = "w") -> Path:
    """A tar file with JSON documents by name; text is stored as it is."""
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in members.items():
            body = (content if isinstance(content, str) else json.dumps(content)).encode()
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return path


def legacy(path: Path, mode: str = "w") -> Path:
    configs = {f"{'a' * 64}.json": CONFIG, f"{'b' * 64}.json": {}}
    return saved(path, {**configs, "manifest.json": MANIFEST}, mode)


def test_legacy_layout(tmp_path: Path) -> None:
    file = legacy(tmp_path / "images.tar")
    kestra = ArchivedImage("a" * 64, "amd64", CONTENT)
    assert read_archive(str(file)) == Archive(
        file,
        file.stat().st_size,
        len(json.dumps(CONFIG)) + len("{}") + len(json.dumps(MANIFEST)),
        {KESTRA: kestra, "kestra:same": kestra, POSTGRES: ArchivedImage("b" * 64, "", " []")},
    )


def test_oci_layout(tmp_path: Path) -> None:
    config = f"blobs/sha256/{'d' * 64}"
    file = saved(
        tmp_path / "images.tar",
        {
            config: {"architecture": "arm64"},
            "index.json": {"manifests": []},
            "manifest.json": [{"Config": config, "RepoTags": [KESTRA], "Layers": []}],
            "oci-layout": {"imageLayoutVersion": "1.0.0"},
        },
    )
    assert read_archive(str(file)).images == {KESTRA: ArchivedImage("d" * 64, "arm64", " []")}


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_compressed(tmp_path: Path, mode: str) -> None:
    """What it needs on the host is what is in it."""
    plain = read_archive(str(legacy(tmp_path / "plain.tar")))
    packed = read_archive(str(legacy(tmp_path / "i.tar", mode)))
    assert (packed.images, packed.unpacked) == (plain.images, plain.unpacked)
    assert packed.size < packed.unpacked


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = legacy(tmp_path / "i.tar")
    assert read_archive("~/i.tar").path == file


def test_changed_file_is_read_again(tmp_path: Path) -> None:
    file = legacy(tmp_path / "i.tar")
    before = read_archive(str(file))
    saved(file, {"c.json": {}, "manifest.json": [{"Config": "c.json", "RepoTags": ["new:1"]}]})
    assert set(read_archive(str(file)).images) == {"new:1"}
    assert KESTRA in before.images


def test_right_sum_passes_and_wrong_sum_is_refused(tmp_path: Path) -> None:
    file = legacy(tmp_path / "i.tar")
    right = hashlib.sha256(file.read_bytes()).hexdigest()
    assert KESTRA in read_archive(str(file), right).images
    with pytest.raises(ArchiveError) as error:
        read_archive(str(file), "0" * 64)
    assert str(error.value) == (
        f"image_archive {file} has the SHA-256 {right}, image_archive_sha256 says {'0' * 64}"
    )


def test_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    path = str(tmp_path / "none.tar")
    with pytest.raises(ArchiveError) as error:
        read_archive(path)
    assert str(error.value) == (
        f"image_archive {path} is not there; docker save -o {path} IMAGE… makes it"
    )


def test_folder_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is not there"):
        read_archive(str(tmp_path))


def broken(path: Path, kind: str) -> Path:
    manifest = [{"Config": "c.json", "RepoTags": [KESTRA]}]
    match kind:
        case "text":
            path.write_text("no tar at all\n" * 100)
        case "empty":
            path.write_bytes(b"")
        case "cut off":
            whole = legacy(path).read_bytes()
            path.write_bytes(whole[: whole.find(b"RepoTags")])
        case "cut off in gzip":
            whole = legacy(path, "w:gz").read_bytes()
            path.write_bytes(whole[: len(whole) // 2])
        case "damaged gzip":
            whole = gzip.compress(legacy(path).read_bytes())
            path.write_bytes(whole[:60] + bytes(40) + whole[100:])
        case "no manifest":
            saved(path, {"index.json": {}, "oci-layout": {}})
        case "manifest is no JSON":
            saved(path, {"manifest.json": "{"})
        case "manifest is no list":
            saved(path, {"manifest.json": None})
        case "manifest of words":
            saved(path, {"manifest.json": ["word"]})
        case "no configuration":
            saved(path, {"manifest.json": manifest})
        case "configuration is no object":
            saved(path, {"manifest.json": manifest, "c.json": []})
    return path


@pytest.mark.parametrize(
    "kind",
    [
        "text",
        "empty",
        "cut off",
        "cut off in gzip",
        "damaged gzip",
        "no manifest",
        "manifest is no JSON",
        "manifest is no list",
        "manifest of words",
        "no configuration",
        "configuration is no object",
    ],
)
def test_broken_file_is_refused(kind: str, tmp_path: Path) -> None:
    file = broken(tmp_path / "i.tar", kind)
    with pytest.raises(ArchiveError) as error:
        read_archive(str(file))
    assert str(error.value).startswith(f"image_archive {file} is no docker save file (")


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_damage_anywhere_is_never_a_traceback(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """zlib and lzma have errors of their own, which tarfile passes on while it reads members."""
    numbers = random.Random(1)
    layer = "".join(numbers.choices("abcdefghijklmnopqrstuvwxyz", k=20_000))
    manifest = [{"Config": "c.json", "RepoTags": [KESTRA]}]
    plain = saved(tmp_path / "i", {"layer": layer, "c.json": {}, "manifest.json": manifest})
    whole = compress(plain.read_bytes())
    refused = 0
    for number, start in enumerate(range(0, len(whole) - 40, len(whole) // 60)):
        file = tmp_path / f"{number}.tar"
        file.write_bytes(whole[:start] + numbers.randbytes(40) + whole[start + 40 :])
        try:
            read_archive(str(file))
        except ArchiveError:
            refused += 1
    assert refused
