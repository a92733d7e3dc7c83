"""The images the tests deploy, as one `docker save` file: built here, or brought by you."""

import hashlib
import json
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tests.vps.engine import cache_dir, docker, exclusive
from tests.vps.images import postgres_image, standin_image

VARIABLE = "KESTRA_IMAGE_ARCHIVE"


class ArchiveError(ValueError):
    """The archive is not what the tests can deploy."""


@dataclass(frozen=True)
class TestImages:
    """One archive, and the names under which its two images are to be run."""

    __test__: ClassVar[bool] = False

    archive: Path
    sha256: str
    kestra: str
    postgres: str
    standin: bool


def test_images(version: str = "v1.3.39") -> TestImages:
    """The archive that KESTRA_IMAGE_ARCHIVE names; without it the stand-in and PostgreSQL."""
    given = os.environ.get(VARIABLE)
    archive = Path(given).expanduser().resolve() if given else _built(version)
    kestra, postgres = chosen(tags(archive), archive)
    standin = "standin" in kestra.rsplit("/", 1)[-1]
    return TestImages(archive, sha256(archive), kestra, postgres, standin)


test_images.__test__ = False  # type: ignore[attr-defined]


def tags(archive: Path) -> list[str]:
    """Every tag in a `docker save` file, gzip or not, without unpacking it."""
    try:
        with tarfile.open(archive, "r|*") as content:
            for member in content:
                if member.name.removeprefix("./") != "manifest.json":
                    continue
                manifest = content.extractfile(member)
                images = json.load(manifest) if manifest else []
                return [tag for image in images for tag in image.get("RepoTags") or []]
    except FileNotFoundError:
        raise ArchiveError(f"{VARIABLE}: there is no file {archive}") from None
    except (OSError, EOFError, tarfile.TarError, ValueError, AttributeError, TypeError) as problem:
        raise ArchiveError(f"{archive} is not a `docker save` file: {problem}") from problem
    raise ArchiveError(f"{archive} has no manifest.json: it is not a `docker save` file")


def chosen(found: list[str], archive: Path) -> tuple[str, str]:
    """The tag of Kestra and the tag of PostgreSQL among those of an archive."""
    names = {tag: tag.rsplit("/", 1)[-1].split(":")[0] for tag in found}
    postgres = [tag for tag, name in names.items() if "postgres" in name]
    kestra = [tag for tag, name in names.items() if "kestra" in name and tag not in postgres]
    pair = []
    for word, fitting in (("kestra", kestra), ("postgres", postgres)):
        if len(fitting) != 1:
            listed = ", ".join(found) or "none"
            raise ArchiveError(
                f"{archive} should have one image named *{word}* and has {len(fitting)}."
                f" Its tags: {listed}. Make it with: docker save -o FILE KESTRA POSTGRES"
            )
        pair += fitting
    return pair[0], pair[1]


def sha256(archive: Path) -> str:
    """The archive's digest; reckoned once for a path, a size and a time of change."""
    status = archive.stat()
    state = f"{archive} {status.st_size} {status.st_mtime_ns}"
    kept = _digest_file(archive)
    if kept.exists():
        known, _, digest = kept.read_text().partition("\n")
        if known == state and len(digest) == 64:
            return digest
    with archive.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    _write(kept, f"{state}\n{digest}")
    return digest


def _built(version: str) -> Path:
    images = [standin_image(version), postgres_image()]
    form = ["image", "inspect", "--format", "{{.Id}}"]
    # Tags too: the same image under another name makes another archive.
    state = docker(*form, *images).stdout + " ".join(images)
    name = hashlib.sha256(state.encode()).hexdigest()[:12]
    archive = cache_dir() / f"images-{version}-{name}.tar"
    with exclusive("archive"):
        if archive.exists():
            return archive
        for former in cache_dir().glob(f"images-{version}-*"):
            former.unlink()
            _digest_file(former).unlink(missing_ok=True)
        partial = archive.with_suffix(".partial")
        try:
            docker("save", "--output", str(partial), *images)
            partial.replace(archive)
        finally:
            partial.unlink(missing_ok=True)
    return archive


def _digest_file(archive: Path) -> Path:
    # In the cache, because the folder of an archive that was brought may be read-only.
    name = hashlib.sha256(str(archive).encode()).hexdigest()[:16]
    return cache_dir() / f"archive-{name}.sha256"


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(text)
    partial.replace(path)
