"""The manifest on the host: written only with our entry, refused when it is not understood."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.command import PyinfraCommand, StringCommand

from kestra_provision.facts.manifest import Manifest, ManifestSeen
from kestra_provision.operations import manifest
from kestra_provision.render.host.manifest import NAME, merged
from kestra_provision.run.failure import Failure
from tests.operations.fake_host import FakeHost, yielded

ENTRY = {"stack": "tools"}


def entered(seen: ManifestSeen, path: str = "/opt/kestra/m.json") -> tuple[Any, FakeHost]:
    host = FakeHost({Manifest: seen})
    return yielded(host, manifest.entered, path=path, entry=ENTRY), host


def look(path: Path) -> ManifestSeen:
    """The fact, asked of this machine."""
    done = subprocess.run(
        ["sh", "-c", Manifest().command(str(path))], capture_output=True, text=True, check=True
    )
    return Manifest().process(done.stdout.splitlines())


def execute(command: PyinfraCommand) -> subprocess.CompletedProcess[str]:
    assert isinstance(command, StringCommand)
    stdin = str(command.connector_arguments["_stdin"])
    return subprocess.run(
        ["sh", "-c", command.get_raw_value()],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "text", ['{"services": []}', "\ufeff{\r\n}", '{"services": {"ü": 1}}\n'], ids=repr
)
def test_written_to_the_byte_with_its_mode(text: str, tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    file.write_bytes(text.encode())
    file.chmod(0o640)
    ((command,), _) = entered(look(file), str(file))
    assert execute(command).returncode == 0
    assert file.read_bytes().decode() == merged(text, ENTRY)
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]
    assert entered(look(file), str(file))[0] == []


def test_a_missing_file_is_made(tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    ((command,), _) = entered(look(file), str(file))
    assert execute(command).returncode == 0
    assert file.read_text() == merged(None, ENTRY)
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, target = tmp_path / "m.json", tmp_path / "real" / "their own.json"
    target.write_text("{}")
    file.symlink_to(target)
    ((command,), _) = entered(look(file), str(file))
    assert execute(command).returncode == 0
    assert file.is_symlink()
    assert target.read_text() == merged("{}", ENTRY)


@pytest.mark.parametrize("there", ["{}", None])
def test_what_somebody_wrote_meanwhile_is_kept(there: str | None, tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    if there is not None:
        file.write_text(there)
    ((command,), _) = entered(look(file), str(file))
    file.write_text('{"theirs": 1}')
    done = execute(command)
    assert done.returncode == 1
    assert "deploy again" in done.stderr
    assert file.read_text() == '{"theirs": 1}'
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("said", "break_it"),
    [
        ("could not be written", lambda command: command.replace("base64 -d", "false")),
        ("arrived in part", lambda command: command.replace("base64 -d", "base64 -d | head -c 9")),
        (
            "could not be given its owner and mode",
            lambda command: command.replace("chmod", "false"),
        ),
        ("could not be replaced", lambda command: command.replace("mv -fT", "false")),
    ],
)
def test_each_step_that_fails_has_its_reason(
    said: str, break_it: Callable[[str], str], tmp_path: Path
) -> None:
    file = tmp_path / "m.json"
    file.write_text("{}")
    ((command,), _) = entered(look(file), str(file))
    broken = StringCommand(break_it(command.get_raw_value()), **command.connector_arguments)
    done = execute(broken)
    assert done.returncode == 1
    assert f"the manifest {said}" in done.stderr
    assert "meanwhile" not in done.stderr
    assert (file.read_text(), list(tmp_path.iterdir())) == ("{}", [file])


def test_a_link_to_nowhere_is_said(tmp_path: Path) -> None:
    (tmp_path / "m.json").symlink_to("/dev/full/m.json")
    ((command,), _) = entered(ManifestSeen(), str(tmp_path / "m.json"))
    done = execute(command)
    assert done.returncode == 1
    assert "has no folder" in done.stderr


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (ManifestSeen("regular file", b"{"), "is no valid JSON"),
        (ManifestSeen("regular file", b"[]"), "is no JSON object"),
        (ManifestSeen("regular empty file", b""), "is no valid JSON"),
        (ManifestSeen("regular file", b"\xff"), "is not UTF-8"),
        (ManifestSeen("directory"), "is no readable file but a directory"),
    ],
)
def test_what_is_not_understood_fails_this_host(seen: ManifestSeen, why: str) -> None:
    (commands, host) = entered(seen)
    (failure,) = commands
    assert isinstance(failure, Failure)
    assert f"/opt/kestra/m.json: the manifest {why}" in failure.message
    assert "left as it is" in failure.message
    assert why in host.said


def test_current_manifest_is_no_change() -> None:
    (commands, host) = entered(ManifestSeen("regular file", merged(None, ENTRY).encode()))
    assert commands == []
    assert host.noops == ["/opt/kestra/m.json has our entry"]


def test_the_difference_is_said() -> None:
    (_, host) = entered(ManifestSeen("regular file", b"{}"))
    assert host.logs == [
        "/opt/kestra/m.json: it is missing there, or says other things; "
        f"declared: with the service {NAME}"
    ]


def test_fact_keeps_every_byte() -> None:
    content = bytes(range(256)) * 3
    lines = ["", "@@kind", "regular file", "", "@@content"]
    lines += [*base64.encodebytes(content).decode().splitlines(), "."]
    assert Manifest().process(lines) == ManifestSeen("regular file", content)


def test_fact_of_an_unreadable_file_is_no_content() -> None:
    lines = ["", "@@kind", "regular file", "", "@@content"]
    assert Manifest().process(lines) == ManifestSeen("regular file", None)
