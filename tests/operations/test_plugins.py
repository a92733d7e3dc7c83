"""Plugins on a host: what is sent, written down and removed."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import pytest
from pyinfra.api.command import StringCommand

from kestra_provision.facts.plugins import FileSeen, Plugins, PluginsSeen
from kestra_provision.operations import plugins
from kestra_provision.plugins.jar import Jar, read_jar
from kestra_provision.remote import upload
from kestra_provision.remote.shell import Result
from kestra_provision.run import ahead
from kestra_provision.settings.plugin import Plugin
from tests.operations.fake_host import FakeHost, call, raw, yielded
from tests.vps.plugin import make_jar

FOLDER = "/opt/kestra/tools/kestra/plugins"
LIST = FileSeen("f", "644", "0:0")
FORMER = FileSeen("f", "644", "0:0", "f" * 64)


@pytest.fixture
def jar(tmp_path: Path) -> Jar:
    return made(tmp_path, "one")


def made(folder: Path, name: str) -> Jar:
    file = folder / f"{name}.jar"
    found = make_jar(file, name)
    return read_jar(Plugin.model_validate({"file": str(file), "sha256": found}), file, found)


def seen(*jars: Jar, **others: FileSeen) -> PluginsSeen:
    """A folder as a deploy leaves it, and more in it."""
    there = {jar.name: FileSeen("f", "644", "0:0", jar.sha256) for jar in jars}
    sums = {jar.name: jar.sha256 for jar in jars}
    more = {f"{name}.jar": state for name, state in others.items()}
    return PluginsSeen(True, {**there, "ours.sha256": LIST, **more}, sums)


def placed(found: PluginsSeen, *jars: Jar, executing: bool = True) -> tuple[FakeHost, list[Any]]:
    host = FakeHost({Plugins: found})
    host.state.is_executing = executing
    return host, yielded(host, plugins.placed, folder=FOLDER, jars=[*jars])


def cleared(found: PluginsSeen, *wanted: str) -> tuple[FakeHost, list[str]]:
    host = FakeHost({Plugins: found})
    return host, raw(yielded(host, plugins.cleared, folder=FOLDER, wanted=[*wanted]))


def test_nothing_to_do_where_they_are_as_declared(jar: Jar) -> None:
    host, commands = placed(seen(jar), jar)
    assert (commands, host.noops) == ([], ["all jars are as declared"])


def test_the_list_is_written_before_the_first_jar_is_sent(jar: Jar, tmp_path: Path) -> None:
    two = made(tmp_path, "two")
    _, commands = placed(seen(jar), jar, two)
    assert raw(commands)[1:] == ["_send"]
    written = commands[0].connector_arguments["_stdin"]
    assert written.splitlines()[1:] == sorted(f"{j.sha256}  {j.name}" for j in (jar, two))


def test_a_list_with_another_sum_is_written_anew(jar: Jar) -> None:
    host, (command,) = placed(replace(seen(jar), ours={jar.name: "0" * 64}), jar)
    assert f"{jar.sha256}  {jar.name}\n" in command.connector_arguments["_stdin"]
    assert "ours.sha256: does not; declared: lists them" in host.logs[0]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (FileSeen("f", "644", "0:0", "0" * 64), "other content"),
        (FileSeen("f", "644", "0:0"), "other content"),
        (FileSeen("d", "755", "0:0"), "no file"),
        (FileSeen("l", "777", "0:0"), "no file"),
    ],
)
def test_another_one_in_its_place_is_said_and_replaced(
    jar: Jar, state: FileSeen, said: str
) -> None:
    found = replace(seen(jar), files={"ours.sha256": LIST, jar.name: state})
    host, commands = placed(found, jar)
    assert raw(commands) == ["_send"]
    assert f"{FOLDER}/{jar.name}: {said}" in host.logs[0]


def test_another_owner_or_mode_sends_nothing_and_restarts_nobody(jar: Jar) -> None:
    state = FileSeen("f", "666", "1000:0", jar.sha256)
    host, commands = placed(
        replace(seen(jar), files={"ours.sha256": LIST, jar.name: state}), jar, executing=False
    )
    (command,) = raw(commands)
    assert f"chown 0:0 {FOLDER}/{jar.name} && chmod 644" in command
    assert ahead.of(host.as_host).replaced == set()


def test_a_plan_knows_that_kestra_sees_another_one_then(jar: Jar) -> None:
    host, commands = placed(PluginsSeen(), jar, executing=False)
    assert raw(commands)[1:] == ["_send"]
    assert ahead.of(host.as_host).replaced == {f"{FOLDER}/{jar.name}"}


def test_what_others_put_there_is_told_and_stays(jar: Jar) -> None:
    host, commands = placed(seen(jar, strange=FORMER), jar)
    assert commands == []
    assert f"{FOLDER}/strange.jar: somebody put it there" in host.logs[0]
    assert cleared(seen(jar, strange=FORMER), jar.name)[1] == []
    assert cleared(replace(seen(jar, strange=FORMER), ours={}), jar.name)[1] == []


@pytest.mark.parametrize("ok", [True, False])
def test_a_jar_takes_its_place_whole(jar: Jar, ok: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, bytes]] = []

    def stream(host: object, command: StringCommand, source: IO[bytes], progress: object) -> Result:
        sent.append((command.get_raw_value(), source.read()))
        return Result(ok, "", "" if ok else "cat: write error: No space left on device")

    monkeypatch.setattr(upload, "stream", stream)
    host, commands = placed(replace(seen(), ours={jar.name: jar.sha256}), jar)
    assert call(commands[0], host) is ok
    ((command, content),) = sent
    assert content == jar.path.read_bytes()
    steps = ("cat > ", jar.sha256, "sha256sum -c", "chown 0:0", "chmod 644", "mv -fT")
    assert [command.index(step) for step in steps] == sorted(map(command.index, steps))
    assert f"cat > {FOLDER}/.{jar.name}.kestra-provision" in command
    assert any("No space left" in line for line in host.logs) is not ok


def test_ours_that_is_no_longer_declared_goes(jar: Jar) -> None:
    found = replace(
        seen(jar, former=FORMER), ours={jar.name: jar.sha256, "former.jar": "f", "gone.jar": "0"}
    )
    host, (remove, record) = cleared(found, jar.name)
    assert f"{FOLDER}/former.jar" in remove
    assert jar.name not in remove
    assert "ours.sha256" in record
    assert any("former.jar: is there; declared: none such" in line for line in host.logs)


def test_what_a_killed_run_left_half_way_goes(jar: Jar) -> None:
    half = {**seen(jar).files, f".{jar.name}.kestra-provision": LIST}
    _, (remove, _) = cleared(replace(seen(jar), files=half), jar.name)
    assert f"{FOLDER}/.{jar.name}.kestra-provision" in remove


def test_without_any_the_folder_goes_too(jar: Jar) -> None:
    _, (remove, folder) = cleared(seen(jar))
    assert jar.name in remove
    assert f"rm -f {FOLDER}/ours.sha256 && " in folder
    assert f"rmdir --ignore-fail-on-non-empty {FOLDER}" in folder
    assert len(cleared(PluginsSeen(True))[1]) == 1
    assert cleared(PluginsSeen())[1] == []
    assert cleared(PluginsSeen(True, {"strange.jar": FORMER}))[1] == []
    assert cleared(PluginsSeen(True, link=True))[1] == [], "somebody made it"


def test_a_folder_that_is_a_link_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "a.jar").write_text("x")
    (tmp_path / "plugins").symlink_to(tmp_path / "disk")
    command = Plugins().command(str(tmp_path / "plugins"))
    told = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    found = Plugins().process(told.splitlines())
    assert (found.there, found.link, [*found.files]) == (True, True, ["a.jar"])
    assert found.files["a.jar"].sha256 == sha256(b"x").hexdigest()


def test_a_list_that_somebody_edited_leads_nowhere_else() -> None:
    lines = ["@@there", "yes", "@@files", "f 644 0:0 a b.jar", "@@sums", f"{'a' * 64}  ./a b.jar"]
    ours = ["@@ours", "# ours", f"{'a' * 64}  a b.jar", f"{'a' * 64}  ../../etc/passwd", "what"]
    found = Plugins().process([*lines, *ours])
    assert found == PluginsSeen(
        True, {"a b.jar": FileSeen("f", "644", "0:0", "a" * 64)}, {"a b.jar": "a" * 64}
    )
