"""The compose plugin's package goes to the host only when it is missing or another one."""

from pathlib import Path
from typing import IO

import pytest
from pyinfra.api.command import StringCommand

from kestra_provision.docker.compose_deb import Deb
from kestra_provision.facts.packages import PackageVersion
from kestra_provision.operations import compose_plugin
from kestra_provision.remote import upload
from kestra_provision.remote.shell import Result
from tests.operations.fake_host import FakeHost, call, raw, yielded

DIRECTORY = "/opt/kestra/config"
ARRIVED = Result(True, "", "")


@pytest.fixture
def deb(tmp_path: Path) -> Deb:
    file = tmp_path / "compose.deb"
    file.write_bytes(b"the package")
    return Deb(file, 11, "5" * 64, "docker-compose", "2.26.1-4", "amd64")


def streamed(monkeypatch: pytest.MonkeyPatch, result: Result = ARRIVED) -> list[tuple[str, bytes]]:
    """What was sent to a command of the host, which answers `result`."""
    sent: list[tuple[str, bytes]] = []

    def stream(host: object, command: StringCommand, source: IO[bytes], progress: object) -> Result:
        sent.append((command.get_raw_value(), source.read()))
        return result

    monkeypatch.setattr(upload, "stream", stream)
    return sent


def test_same_version_is_nothing_to_do(deb: Deb) -> None:
    host = FakeHost({PackageVersion: "2.26.1-4"})
    assert yielded(host, compose_plugin.installed, deb=deb, directory=DIRECTORY) == []
    assert host.noops == ["docker-compose 2.26.1-4 is installed"]
    assert host.asked == [(PackageVersion, {"package": "docker-compose"})]


@pytest.mark.parametrize("there", ["", "1.29.2-3", "2.40.0-10"])
@pytest.mark.parametrize("ok", [True, False])
def test_another_version_is_replaced(
    deb: Deb, there: str, ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = streamed(monkeypatch)
    answer = (ok, "", "E: Unmet dependencies\n")
    host = FakeHost({PackageVersion: there}, {"apt-get": answer})
    commands = yielded(host, compose_plugin.installed, deb=deb, directory=DIRECTORY)
    assert raw(commands) == ["_install"]
    assert call(commands[0], host) is ok
    (command, content) = sent[0]
    assert content == b"the package"
    assert command.index("cat > /opt/kestra/config/") < command.index("sha256sum -c")
    finish, install, remove = (c.get_raw_value() for c, _ in host.ran)
    assert finish.endswith("--configure -a")
    file = f"{DIRECTORY}/compose-plugin.deb"
    assert f" install --no-install-recommends --allow-downgrades {file} && docker co" in install
    assert remove == f"rm -f {file}"
    assert ("    E: Unmet dependencies" in host.logs) is not ok


def test_package_that_does_not_arrive_is_not_installed(
    deb: Deb, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed(monkeypatch, Result(False, "", "cat: write error: No space left on device\n"))
    host = FakeHost({PackageVersion: ""})
    (command,) = yielded(host, compose_plugin.installed, deb=deb, directory=DIRECTORY)
    assert call(command, host) is False
    assert [c.get_raw_value() for c, _ in host.ran] == [f"rm -f {DIRECTORY}/compose-plugin.deb"]
    assert host.logs == [
        "compose.deb did not arrive: cat: write error: No space left on device",
    ]


def test_version_of_what_is_installed_only() -> None:
    fact = PackageVersion()
    assert fact.process(["ii  2.26.1-4"]) == "2.26.1-4"
    assert fact.process(["hi  2.26.1-4"]) == "2.26.1-4"
    for not_installed in (["rc  1.29.2-3"], ["un  "], ["iF  2.26.1-4"], []):
        assert fact.process(not_installed) == ""
    assert "dpkg-query" in fact.command("docker-compose")
