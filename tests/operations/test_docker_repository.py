"""Docker's repository: no unverified key, no source that apt would refuse, nothing removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pyinfra.api.command import FunctionCommand, StringCommand

from kestra_provision.docker.source import KEYRING, PACKAGES, SOURCE, source_text
from kestra_provision.facts.docker_repository import DockerRepository, RepositorySeen
from kestra_provision.operations import docker_repository
from kestra_provision.operations.docker_repository import engine_version
from tests.operations.fake_host import Answer, FakeHost, call, raw, yielded
from tests.unit.test_openpgp import FINGERPRINT, KEY

URI = "https://download.docker.com/linux/debian"
TEXT = source_text(URI, "trixie")
VERSION = "5:28.2.2-1~debian.13~trixie"
ACCESS = {KEYRING: "644 0 0", SOURCE: "644 0 0"}
SEEN = RepositorySeen(KEY, TEXT, ACCESS, dict.fromkeys(PACKAGES, VERSION))
FETCH = "_fetch_key"


def declared(seen: RepositorySeen, **answers: Answer) -> tuple[FakeHost, list[Any]]:
    host = FakeHost({DockerRepository: seen}, answers)
    arguments = {"uri": URI, "codename": "trixie", "fingerprint": FINGERPRINT}
    return host, yielded(host, docker_repository.declared, **arguments)


def installed(seen: RepositorySeen, version: str | None = None) -> tuple[FakeHost, list[str]]:
    """The host, and what ran on it."""
    host = FakeHost({DockerRepository: seen})
    for command in yielded(host, docker_repository.installed, version=version):
        assert call(command, host) is True
    return host, raw([command for command, _ in host.ran])


def test_all_as_declared_is_nothing_to_do() -> None:
    host, commands = declared(SEEN)
    assert commands == []
    assert host.noops == [f"{URI} is an apt source, signed by {FINGERPRINT}"]
    assert len(host.asked) == 1


def test_fresh_host_gets_key_before_source() -> None:
    fetch, write = declared(replace(SEEN, keyring="", source="", access={}))[1]
    assert raw([fetch]) == [FETCH]
    assert isinstance(write, StringCommand)
    assert write.connector_arguments["_stdin"] == TEXT


def test_certificates_come_first_where_there_are_none() -> None:
    versions = {name: VERSION for name in PACKAGES if name != "ca-certificates"}
    host, commands = declared(replace(SEEN, keyring="", versions=versions))
    assert raw(commands) == ["_refresh", "_install", FETCH]
    assert call(commands[1], host) is True
    assert raw([host.ran[0][0]])[0].endswith(" ca-certificates")


@pytest.mark.parametrize(
    "changed",
    [
        {"keyring": ""},
        {"keyring": KEY + KEY},
        {"keyring": KEY.replace("mDME", "mDMF")},
        {"keyring": "-----BEGIN"},
        {"access": {**ACCESS, KEYRING: "666 0 0"}},
        {"access": {SOURCE: "644 0 0"}},
    ],
    ids=str,
)
def test_keyring_that_is_not_the_key_alone_is_fetched_anew(changed: dict[str, Any]) -> None:
    assert raw(declared(replace(SEEN, **changed))[1]) == [FETCH]


@pytest.mark.parametrize(
    "changed",
    [
        {"source": ""},
        {"source": TEXT + "Allow-Insecure: yes\n"},
        {"source": TEXT.replace("trixie", "bookworm")},
        {"access": {**ACCESS, SOURCE: "644 1000 0"}},
    ],
    ids=str,
)
def test_source_that_says_something_else_is_written(changed: dict[str, Any]) -> None:
    (command,) = raw(declared(replace(SEEN, **changed))[1])
    before, _, after = command.partition("apt-get update")
    assert before
    assert f"mv -fT /etc/apt/sources.list.d/.docker.sources.kestra-provision {SOURCE}" in after


def test_source_by_dockers_own_instructions_is_left_alone() -> None:
    assert declared(replace(SEEN, source=TEXT.partition("\n")[2]))[1] == []


def fetched(**answers: Answer) -> tuple[FakeHost, object]:
    host, (fetch,) = declared(replace(SEEN, keyring=""), **answers)
    assert isinstance(fetch, FunctionCommand)
    return host, call(fetch, host)


def test_key_with_the_fingerprint_is_written_as_it_was_verified() -> None:
    host, ok = fetched(**{"apt-helper": (True, KEY, "")})
    assert ok is True
    download, _, write = host.ran
    assert f"{URI}/gpg" in download[0].get_raw_value()
    assert KEYRING in write[0].get_raw_value()
    assert write[1]["_stdin"] == KEY


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((False, "", "404  Not Found"), "could not be downloaded by the host: 404  Not Found"),
        (
            (True, "<html>", ""),
            "what https://download.docker.com/linux/debian/gpg serves is refused",
        ),
        ((True, KEY + KEY, ""), "it is not one armored public key"),
    ],
    ids=["unreachable", "a page", "two keys"],
)
def test_anything_else_is_never_written(answer: Answer, said: str) -> None:
    host, ok = fetched(**{"apt-helper": answer})
    assert ok is False
    assert said in host.said
    assert len(host.ran) == 1


@pytest.mark.parametrize("part", ["install -d", f"> {KEYRING.replace('docker', '.docker')}"])
def test_key_that_cannot_be_written_says_why(part: str) -> None:
    full = (False, "", "No space left on device\n")
    host, ok = fetched(**{"apt-helper": (True, KEY, ""), part: full})
    assert ok is False
    assert host.logs == [f"{KEYRING} could not be written: No space left on device"]


def test_key_with_another_fingerprint_is_never_written() -> None:
    host = FakeHost({DockerRepository: replace(SEEN, keyring="")}, {"apt-helper": (True, KEY, "")})
    arguments = {"uri": URI, "codename": "trixie", "fingerprint": "0" * 40}
    (fetch,) = yielded(host, docker_repository.declared, **arguments)
    assert call(fetch, host) is False
    assert f"is {FINGERPRINT}, docker_repository_fingerprint says 0000" in host.said
    assert len(host.ran) == 1


def test_installed_is_nothing_to_do() -> None:
    host, commands = installed(SEEN)
    assert commands == []
    assert host.noops == ["Docker 28.2.2 is installed"]
    assert installed(SEEN, "28.2.2")[1] == []


def test_fresh_host_gets_all_packages_and_loses_none() -> None:
    finish, update, install = installed(RepositorySeen())[1]
    assert finish.endswith("--configure -a")
    assert update.endswith("update")
    assert install.endswith(" ".join(PACKAGES))
    assert "--no-remove" in install


def test_only_what_is_missing_is_installed() -> None:
    versions = {name: VERSION for name in PACKAGES if name != "docker-compose-plugin"}
    install = installed(replace(SEEN, versions=versions), "28.2.2")[1][-1]
    assert install.endswith(" docker-compose-plugin")
    assert "docker-ce" not in install


@pytest.mark.parametrize("version", ["28.2.1", "28.2.20", "28.3.0"])
def test_another_version_is_installed_in_its_place(version: str) -> None:
    install = installed(SEEN, version)[1][-1]
    assert install.endswith(f" 'docker-ce=5:{version}-*' 'docker-ce-cli=5:{version}-*'")
    assert "containerd.io" not in install
    assert "--allow-downgrades" in install


@pytest.mark.parametrize(
    ("package", "engine"),
    [
        ("5:28.2.2-1~debian.13~trixie", "28.2.2"),
        ("5:24.0.9-1~ubuntu.22.04~jammy", "24.0.9"),
        ("26.1.5+dfsg1-9", "26.1.5+dfsg1-9"),
    ],
)
def test_engine_version(package: str, engine: str) -> None:
    assert engine_version(package) == engine
