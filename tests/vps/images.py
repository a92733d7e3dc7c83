"""The images of the tests: a Debian to start from, the VPS, PostgreSQL and the stand-ins."""

import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.vps.engine import (
    EngineError,
    cache_dir,
    call,
    docker,
    ensure_engine,
    exclusive,
    need_program,
)

HERE = Path(__file__).parent
REPOSITORY = "kestra-provision"
LABEL = "io.kestra-provision.test"
INPUTS = "io.kestra-provision.inputs"
# In Debian 12 only `docker.io` is of use: its docker-compose is the old v1.
DOCKER_PACKAGES = {
    "trixie": "docker.io docker-cli docker-compose python3",
    "bookworm": "docker.io python3",
}


def base_image(suite: str = "trixie") -> str:
    """The smallest Debian of this suite, from the mirror this machine's own apt uses."""
    _known(suite)
    ensure_engine()
    overlay = _machine_files(suite)
    script = (HERE / "base" / "bootstrap.sh").read_bytes()
    inputs = _digest({"script": script, "suite": suite.encode(), **overlay})
    tag = f"{REPOSITORY}/base:{suite}-{inputs[:12]}"
    with exclusive("build"):
        if _inputs_of(tag) == inputs:
            return tag
        if os.geteuid() != 0:
            raise EngineError("building the base image needs root, because debootstrap does")
        need_program("debootstrap", "debootstrap", "debian-archive-keyring")
        _bootstrap(suite, tag, inputs, overlay)
    return tag


def vps_image(suite: str = "trixie", docker: bool = False) -> str:
    """A Debian with systemd and sshd, bare or with Debian's Docker installed."""
    base = base_image(suite)
    arguments = {"BASE": base, "PACKAGES": DOCKER_PACKAGES[suite] if docker else ""}
    name = f"vps-docker:{suite}" if docker else f"vps:{suite}"
    return _build(HERE / "base", name, arguments, hash_in_tag=True)


def postgres_image() -> str:
    """PostgreSQL 17 from Debian's packages, behaving as the official `postgres:17`."""
    return _build(HERE / "postgres", "postgres-debian:17", {"BASE": base_image()})


def standin_image(version: str = "v1.3.39") -> str:
    """What stands in for Kestra where no registry answers; it says so in its name."""
    arguments = {"BASE": base_image(), "VERSION": version}
    return _build(HERE / "standin", f"kestra-standin:{version}", arguments)


def n8n_image(version: str = "1.123.81") -> str:
    """What stands in for n8n where no registry answers; it says so in its name."""
    arguments = {"BASE": base_image(), "VERSION": version}
    return _build(HERE / "n8n", f"n8n-standin:{version}", arguments)


def sidecar_image() -> str:
    """A sidecar API that does what docs/sidecar.md says and nothing else."""
    return _build(HERE / "sidecar", "sidecar-standin:1.0.0", {"BASE": base_image()})


def dind_image(version: str = "28.5.2-dind-rootless") -> str:
    """A rootless Docker of Debian's packages, which starts as `docker:VERSION` does."""
    return _build(HERE / "dind", f"docker-debian:{version}", {"BASE": base_image()})


def remove_images() -> None:
    """Remove every image this module built, the newest first."""
    listed = docker("images", "-q", "--no-trunc", "--filter", f"label={LABEL}").stdout.split()
    for image in dict.fromkeys(listed):
        docker("rmi", "--force", image, check=False)


def _build(
    folder: Path, name: str, arguments: Mapping[str, str], *, hash_in_tag: bool = False
) -> str:
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    if "Dockerfile" not in files:
        raise EngineError(f"{folder} has no Dockerfile: nothing to build {name} from")
    inputs = _digest(files | {f"--{key}": value.encode() for key, value in arguments.items()})
    tag = f"{REPOSITORY}/{name}" + (f"-{inputs[:12]}" if hash_in_tag else "")
    with exclusive("build"):
        if _inputs_of(tag) == inputs:
            return tag
        former = docker("images", "-q", tag).stdout.split()
        given = [f"--build-arg={key}={value}" for key, value in arguments.items()]
        labels = [f"--label={LABEL}=1", f"--label={INPUTS}={inputs}"]
        # The machine's own network: packages are fetched the way the machine fetches them.
        options = ["--network=host", "--force-rm", f"--tag={tag}"]
        docker("build", *options, *given, *labels, str(folder))
        for image in former:
            docker("rmi", image, check=False)
    return tag


def _bootstrap(suite: str, tag: str, inputs: str, overlay: Mapping[str, bytes]) -> None:
    for left in cache_dir().glob("bootstrap.*"):  # by a run that was killed outright
        shutil.rmtree(left, ignore_errors=True)
    mirror = overlay["etc/apt/sources.list"].decode().split()[1]
    changes = [f"LABEL {LABEL}=1 {INPUTS}={inputs}", 'CMD ["bash"]']
    options = [f"--change={change}" for change in changes]
    # Its own namespaces: mounts and processes of debootstrap end with it, however it ends.
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    script = ["sh", str(HERE / "base" / "bootstrap.sh"), suite, mirror]
    with TemporaryDirectory(
        prefix="bootstrap.", dir=cache_dir(), ignore_cleanup_errors=True
    ) as work:
        call([*alone, *script, work, tag, *options], stdin=_tar(overlay))


def _machine_files(suite: str) -> dict[str, bytes]:
    """What the image needs to reach the mirror as this machine does: sources, settings, CAs."""
    files = {"etc/apt/sources.list": _sources(suite).encode()}
    if settings := _apt_settings():
        files["etc/apt/apt.conf.d/90machine"] = settings.encode()
    for certificate in sorted(Path("/usr/local/share/ca-certificates").rglob("*.crt")):
        files[str(certificate).lstrip("/")] = certificate.read_bytes()
    return files


def _sources(suite: str) -> str:
    # The addresses an update would ask: right with old and new sources files, lists or none.
    asked = call(["apt-get", "update", "--print-uris"], check=False).stdout
    pattern = r"'(\S+)/dists/(?:bullseye|bookworm|trixie|forky|sid)(-updates|-security)?/InRelease'"
    found = {part: mirror for mirror, part in reversed(re.findall(pattern, asked))}
    if "" not in found:
        raise EngineError("apt has no Debian mirror here: disposable servers need a Debian machine")
    return "".join(f"deb {found[part]} {suite}{part} main\n" for part in sorted(found))


def _apt_settings() -> str:
    lines = call(["apt-config", "dump"], check=False).stdout.splitlines()
    wanted = re.compile(r"Acquire::(https?::|Check-|ForceIPv)")
    kept = [line for line in lines if wanted.match(line) and not line.endswith(' "";')]
    for scheme in ("http", "https"):
        proxy = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme}_proxy".upper())
        if proxy:
            kept.append(f'Acquire::{scheme}::Proxy "{proxy}";')
    return "".join(f"{line}\n" for line in kept)


def _inputs_of(tag: str) -> str | None:
    """The digest an image was built from, as its label has it; None without such an image."""
    form = f'{{{{index .Config.Labels "{INPUTS}"}}}}'
    found = docker("image", "inspect", "--format", form, tag, check=False)
    return found.stdout.strip() if found.returncode == 0 else None


def _digest(parts: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name in sorted(parts):
        total.update(f"{name}\0{len(parts[name])}\0".encode() + parts[name])
    return total.hexdigest()


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _known(suite: str) -> None:
    if suite not in DOCKER_PACKAGES:
        raise EngineError(f"no VPS of Debian {suite}: there are {', '.join(DOCKER_PACKAGES)}")
