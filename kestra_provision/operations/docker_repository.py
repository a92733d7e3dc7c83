"""Docker's own apt repository: a verified key, a source signed by that key alone, packages."""

from __future__ import annotations

import shlex
from collections.abc import Generator

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands.files import temporary, write_file
from kestra_provision.docker import openpgp
from kestra_provision.docker.source import KEYRING, PACKAGES, SOURCE, same_source, source_text
from kestra_provision.facts.docker_repository import DockerRepository, RepositorySeen
from kestra_provision.operations import apt_get
from kestra_provision.remote import shell
from kestra_provision.run import ahead
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.text.difference import MISSING

#: What `docker_version` pins; the others have versions of their own.
_VERSIONED = ("docker-ce", "docker-ce-cli")
_ACCESS = "644 0 0"


@operation()
def declared(uri: str, codename: str, fingerprint: str) -> Generator[PyinfraCommand | str]:
    """The key, verified by its fingerprint, and the source file, accepted by apt before it counts.

    + uri: the repository, key at `<uri>/gpg`
    + codename: the suite, such as `trixie`
    + fingerprint: of the one primary key the keyring may hold

    pyinfra's `apt.key` trusts whatever a URL serves and needs wget and gpg on the host.
    `apt.sources_file` looks only whether the repository is listed somewhere: an
    `Allow-Insecure: yes` added by hand, or another owner of the file, stays.
    """
    seen = observed(host, DockerRepository, packages=PACKAGES)
    text = source_text(uri, codename)
    has_key = _holds(seen.keyring, fingerprint) and seen.access.get(KEYRING) == _ACCESS
    has_source = same_source(seen.source, text) and seen.access.get(SOURCE) == _ACCESS
    if has_key and has_source:
        host.noop(f"{uri} is an apt source, signed by {fingerprint}")
        return
    if not has_key:
        differs(
            host,
            KEYRING,
            f"key {fingerprint}, mode 644, root's",
            _told(seen.keyring, "another key, mode or owner"),
        )
    if not has_source:
        differs(
            host,
            SOURCE,
            f"{uri} {codename}, mode 644, root's",
            _told(seen.source, "another content, mode or owner"),
        )
    if not has_key:
        if uri.startswith("https:") and "ca-certificates" not in seen.versions:
            yield apt_get.refreshed()
            yield _install(["ca-certificates"])
        yield FunctionCommand(_fetch_key, (uri, fingerprint), {})
    if not has_source:
        check = _accepted_by_apt(temporary(SOURCE))
        yield write_file(SOURCE, text, mode="644", uid=0, gid=0, check=check)


@operation()
def installed(version: str | None) -> Generator[PyinfraCommand | str]:
    """Installs what is missing, or the engine's declared version when another one is there.

    + version: of the engine, such as `28.2.2`; None accepts the one that is there

    pyinfra's `apt.packages` compares whole Debian versions (`5:28.2.2-1~debian.13~trixie`), would
    refuse to go back to an older one, and would remove packages that are in the way.
    """
    seen = observed(host, DockerRepository, packages=PACKAGES)
    wanted = [_with_version(name, version) for name in PACKAGES if _lacks(seen, name, version)]
    if not wanted:
        host.noop(f"Docker {engine_version(seen.versions['docker-ce'])} is installed")
        return
    ahead.of(host).packages |= {name for name in PACKAGES if name not in seen.versions}
    for name in PACKAGES:
        if _lacks(seen, name, version):
            there = seen.versions.get(name, MISSING)
            differs(host, f"package {name}", version or "installed", there)
    yield apt_get.refreshed()
    yield _install(wanted)


def _told(text: str, otherwise: str) -> str:
    return otherwise if text.strip() else MISSING


def engine_version(package_version: str) -> str:
    """`28.2.2` of `5:28.2.2-1~debian.13~trixie`."""
    return package_version.partition(":")[2].partition("-")[0] or package_version


def _lacks(seen: RepositorySeen, name: str, version: str | None) -> bool:
    there = seen.versions.get(name)
    if there is None or version is None or name not in _VERSIONED:
        return there is None
    return engine_version(there) != version


def _with_version(name: str, version: str | None) -> str:
    return f"{name}=5:{version}-*" if version and name in _VERSIONED else name


def _install(packages: list[str]) -> FunctionCommand:
    """`--no-remove`: what is in the way is for a person to remove, its containers would stop."""
    return apt_get.installing(
        packages,
        "--no-remove --allow-downgrades",
        hint="apt-cache madison docker-ce | head -n 20",
    )


def _accepted_by_apt(file: str) -> str:
    """Shell text that reads the repository by this file alone, into lists that are thrown away.

    A repository without this suite, or with another signature, is found out before apt has it.
    """
    options = " ".join(
        f"-o {option}"
        for option in (
            'Dir::Etc::sourcelist="$d/docker.sources"',
            "Dir::Etc::sourceparts=-",
            'Dir::State::lists="$d/lists"',
            "Dir::Cache::pkgcache=",
            "Dir::Cache::srcpkgcache=",
            "APT::Update::Error-Mode=any",
        )
    )
    return (
        "umask 022; d=$(mktemp -d) && chmod 755 $d && mkdir -p $d/lists/partial "
        f"&& cp {shlex.quote(file)} $d/docker.sources && apt-get update -qq {options}; "
        'status=$?; rm -rf "$d"; [ $status = 0 ]'
    )


def _holds(armored: str, fingerprint: str) -> bool:
    try:
        return openpgp.fingerprint(armored) == fingerprint
    except openpgp.OpenPgpError:
        return False


def _fetch_key(state: State, host: Host, uri: str, fingerprint: str) -> bool:
    """The host downloads, the laptop verifies, and what it verified is what is written."""
    url = f"{uri}/gpg"
    got = shell.run_quietly(host, _download(url))
    if not got.ok:
        _say(host, f"{url} could not be downloaded by the host: {got.stderr.strip()}")
        return False
    try:
        found = openpgp.fingerprint(got.stdout)
    except openpgp.OpenPgpError as error:
        _say(host, f"what {url} serves is refused: {error}. Is docker_repository right?")
        return False
    if found != fingerprint:
        _say(
            host,
            f"the key at {url} is {found}, docker_repository_fingerprint says {fingerprint}. "
            "Nothing was installed: ask who runs the repository which one is theirs",
        )
        return False
    key = got.stdout if got.stdout.endswith("\n") else f"{got.stdout}\n"
    write = write_file(KEYRING, key, mode="644", uid=0, gid=0)
    folder = StringCommand("install -d -m 755 /etc/apt/keyrings")
    written = shell.run_quietly(host, folder)
    if written.ok:
        written = shell.run_quietly(host, write, stdin=key)
    if not written.ok:
        _say(host, f"{KEYRING} could not be written: {written.stderr.strip()}")
    return written.ok


def _download(url: str) -> StringCommand:
    """apt's own downloader: it is there when nothing else is, and goes through apt's proxy."""
    return StringCommand(
        "d=$(mktemp -d) && { chown _apt $d; true; } 2>/dev/null "
        f"&& /usr/lib/apt/apt-helper download-file {shlex.quote(url)} $d/key >&2 "
        '&& head -c 100000 $d/key; status=$?; rm -rf "$d"; exit $status'
    )


def _say(host: Host, message: str) -> None:
    host.log(message, log_func=logger.error)
