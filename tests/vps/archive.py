"""The images the tests deploy, as one `docker save` file: built here, or brought by you."""

import hashlib
import json
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tests.vps.engine import cache_dir, docker, exclusive
from tests.vps.images import dind_image, n8n_image, postgres_image, sidecar_image, standin_image
from tests.vps.merge import merge

VARIABLE = "KESTRA_IMAGE_ARCHIVE"
#: What an archive may hold beside Kestra and PostgreSQL: these words in the images' names.
OPTIONAL = ("n8n", "sidecar")


class ArchiveError(ValueError):
    """The archive is not what the tests can deploy."""


@dataclass(frozen=True)
class TestImages:
    """One archive, and the names under which Kestra and PostgreSQL are to be run."""

    __test__: ClassVar[bool] = False

    archive: Path
    sha256: str
    kestra: str
    postgres: str
    standin: bool


@dataclass(frozen=True)
class AllImages(TestImages):
    """The same with n8n and a sidecar, for the tests that need them: a larger archive."""

    n8n: str
    sidecar: str


def test_images(version: str = "v1.3.39") -> TestImages:
    """The archive that KESTRA_IMAGE_ARCHIVE names; without it the stand-in and PostgreSQL."""
    given = os.environ.get(VARIABLE)
    archive = Path(given).expanduser().resolve() if given else _built(version)
    return TestImages(archive, sha256(archive), *_pair(archive))


test_images.__test__ = False  # type: ignore[attr-defined]


def all_images(version: str = "v1.3.39") -> AllImages:
    """As `test_images`; what the archive has not got of n8n and sidecar is added as a stand-in."""
    archive = test_images(version).archive
    found = tags(archive)
    n8n, sidecar = (optional(found, word, archive) for word in OPTIONAL)
    added = [build() for tag, build in ((n8n, n8n_image), (sidecar, sidecar_image)) if not tag]
    if added:
        archive = _extended(version, archive, added)
        n8n, sidecar = (optional(tags(archive), word, archive) for word in OPTIONAL)
    assert n8n and sidecar
    kestra, postgres, standin = _pair(archive)
    return AllImages(archive, sha256(archive), kestra, postgres, standin, n8n, sidecar)


@dataclass(frozen=True)
class WithDocker(TestImages):
    """The same with a rootless Docker, for script tasks."""

    docker: str


def docker_images(version: str = "v1.3.39") -> WithDocker:
    """As `test_images`, with a rootless Docker of Debian's packages added."""
    images, docker = test_images(version), dind_image()
    archive = _extended(f"docker-{version}", images.archive, [docker])
    return WithDocker(
        archive, sha256(archive), images.kestra, images.postgres, images.standin, docker
    )


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
    names = {tag: _name(tag) for tag in found}
    # A sidecar may well be called after whom it stands beside.
    names = {tag: name for tag, name in names.items() if not any(w in name for w in OPTIONAL)}
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


def optional(found: list[str], word: str, archive: Path) -> str | None:
    """The one tag with this word in its name among those of an archive, or None."""
    fitting = [tag for tag in found if word in _name(tag)]
    if len(fitting) > 1:
        listed = ", ".join(fitting)
        raise ArchiveError(f"{archive} has more than one image named *{word}*: {listed}")
    return fitting[0] if fitting else None


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


def _name(tag: str) -> str:
    return tag.rsplit("/", 1)[-1].split(":")[0]


def _pair(archive: Path) -> tuple[str, str, bool]:
    kestra, postgres = chosen(tags(archive), archive)
    return kestra, postgres, "standin" in _name(kestra)


def _built(version: str) -> Path:
    return _saved(f"images-{version}", [standin_image(version), postgres_image()])


def _extended(version: str, archive: Path, images: list[str]) -> Path:
    """An archive with these images as well; what is brought needs no room in the engine here."""
    more = _saved("images-beside", images)
    digest = hashlib.sha256(f"{sha256(archive)} {sha256(more)}".encode()).hexdigest()[:12]
    merged = cache_dir() / f"images-all-{version}-{digest}.tar"
    with exclusive("archive"):
        if not merged.exists():
            _forget(f"images-all-{version}")
            merge([archive, more], merged)
    return merged


def _saved(prefix: str, images: list[str]) -> Path:
    form = ["image", "inspect", "--format", "{{.Id}}"]
    # Tags too: the same image under another name makes another archive.
    state = docker(*form, *images).stdout + " ".join(images)
    name = hashlib.sha256(state.encode()).hexdigest()[:12]
    archive = cache_dir() / f"{prefix}-{name}.tar"
    with exclusive("archive"):
        if archive.exists():
            return archive
        _forget(prefix)
        partial = archive.with_suffix(".partial")
        try:
            docker("save", "--output", str(partial), *images)
            partial.replace(archive)
        finally:
            partial.unlink(missing_ok=True)
    return archive


def _forget(prefix: str) -> None:
    for former in cache_dir().glob(f"{prefix}-*"):
        former.unlink()
        _digest_file(former).unlink(missing_ok=True)


def _digest_file(archive: Path) -> Path:
    # In the cache, because the folder of an archive that was brought may be read-only.
    name = hashlib.sha256(str(archive).encode()).hexdigest()[:16]
    return cache_dir() / f"archive-{name}.sha256"


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(text)
    partial.replace(path)
