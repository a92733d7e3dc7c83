"""Commands for the host: built as values, the important ones really executed by sh."""

import hashlib
import os
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any, TypedDict

import pytest
from pyinfra.api.command import StringCommand

from kestra_provision.commands import files
from kestra_provision.commands.compose import compose
from kestra_provision.commands.files import make_directory, set_owner_and_mode, write_file
from kestra_provision.commands.images import record_images
from kestra_provision.commands.record_sum import is_edited


class Owner(TypedDict):
    uid: int
    gid: int


OWNER: Owner = {"uid": os.getuid(), "gid": os.getgid()}


def execute(command: StringCommand) -> subprocess.CompletedProcess[str]:
    """Runs it as pyinfra would, its stdin included."""
    return subprocess.run(
        ["sh", "-c", command.get_raw_value()],
        input=str(command.connector_arguments.get("_stdin", "")),
        capture_output=True,
        text=True,
    )


def listed(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def test_temporary_lies_in_the_same_folder() -> None:
    assert files.temporary("/opt/kestra/.env") == "/opt/kestra/..env.kestra-provision"
    assert files.temporary("/a/b.yaml") == "/a/.b.yaml.kestra-provision"


def test_file_is_written_with_mode_and_content(tmp_path: Path) -> None:
    target = tmp_path / "with blank"
    content = "first\n$HOME `id` 'quoted' \\n\nümläut\n"
    result = execute(write_file(str(target), content, mode="640", **OWNER))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert target.read_text() == content
    assert mode(target) == "640"
    assert listed(tmp_path) == ["with blank"]


@pytest.mark.parametrize("wanted", ["600", "644"])
def test_file_is_closed_to_others_until_it_is_complete(tmp_path: Path, wanted: str) -> None:
    """The check runs before the file takes its place: what it sees is what anybody could."""
    target, seen = tmp_path / "file", tmp_path / "seen"
    new = files.temporary(str(target))
    look = f"stat -c %a {shlex.quote(new)} > {shlex.quote(str(seen))}; [ ! -e {target} ]"
    command = write_file(str(target), "x\n", mode=wanted, check=look, **OWNER)
    assert execute(command).returncode == 0
    assert seen.read_text() == f"{wanted}\n"
    assert mode(seen) == "600"  # the umask, which held when the content was written
    assert mode(target) == wanted


def test_old_file_is_replaced_and_not_written_into(tmp_path: Path) -> None:
    """Whoever has the old file open reads the old content to its end."""
    target = tmp_path / "file"
    target.write_text("old\n")
    target.chmod(0o666)
    with target.open() as reader:
        assert execute(write_file(str(target), "new\n", mode="600", **OWNER)).stderr == ""
        assert reader.read() == "old\n"
    assert target.read_text() == "new\n"
    assert mode(target) == "600"


def test_failing_check_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old\n")
    target.chmod(0o640)
    command = write_file(str(target), "new\n", mode="600", check="echo refused >&2; false", **OWNER)
    result = execute(command)
    assert result.returncode == 1
    assert result.stderr == "refused\n"
    assert target.read_text() == "old\n"
    assert mode(target) == "640"
    assert listed(tmp_path) == ["file"]


def test_check_reads_the_new_content_under_the_temporary_name(tmp_path: Path) -> None:
    target = tmp_path / "file"
    check = f"grep -q new {shlex.quote(files.temporary(str(target)))}"
    for content, status in (("new\n", 0), ("other\n", 1)):
        command = write_file(str(target), content, mode="600", check=check, **OWNER)
        assert execute(command).returncode == status
    assert target.read_text() == "new\n"


def test_temporary_of_a_killed_run_is_written_over(tmp_path: Path) -> None:
    target = tmp_path / "file"
    Path(files.temporary(str(target))).write_text("half of a sec")
    assert execute(write_file(str(target), "new\n", mode="600", **OWNER)).returncode == 0
    assert target.read_text() == "new\n"
    assert listed(tmp_path) == ["file"]


@pytest.mark.parametrize("sent", [0, 3], ids=["nothing", "a part"])
def test_content_that_was_cut_off_replaces_nothing(tmp_path: Path, sent: int) -> None:
    """The laptop is gone: sshd closes stdin, as it does after the last byte."""
    target = tmp_path / "file"
    target.write_text("old\n")
    command = write_file(str(target), "new content\n", mode="600", **OWNER)
    command.connector_arguments["_stdin"] = "new content\n"[:sent]
    result = execute(command)
    assert result.returncode == 1
    assert result.stderr == f"{target} arrived cut off and was not replaced; run again\n"
    assert target.read_text() == "old\n"
    assert listed(tmp_path) == ["file"]


def test_missing_folder_fails_and_leaves_nothing(tmp_path: Path) -> None:
    command = write_file(str(tmp_path / "no" / "file"), "x\n", mode="600", **OWNER)
    assert execute(command).returncode == 1
    assert listed(tmp_path) == []


def test_content_is_in_no_shown_form_of_the_command() -> None:
    command = write_file("/x/y", "the-secret\n", mode="600", uid=0, gid=0)
    assert "the-secret" not in f"{command} {command!r} {command.get_raw_value()}"
    assert command.connector_arguments["_stdin"] == "the-secret\n"


def test_directory_is_made_and_repaired(tmp_path: Path) -> None:
    target = tmp_path / "a b"
    tmp_path.chmod(0o2755)  # such a parent hands its bit on
    for wanted in ("750", "700"):
        assert execute(make_directory(str(target), mode=wanted, **OWNER)).stderr == ""
        assert mode(target) == wanted
        target.chmod(0o7777)
        (target / "kept").touch()
    assert listed(target) == ["kept"]


def test_owner_and_mode_are_repaired(tmp_path: Path) -> None:
    target = tmp_path / "a b"
    target.write_text("content")
    target.chmod(0o777)
    assert execute(set_owner_and_mode(str(target), mode="640", **OWNER)).stderr == ""
    assert mode(target) == "640"
    assert target.read_text() == "content"


@pytest.mark.parametrize("command", [make_directory, set_owner_and_mode])
@pytest.mark.parametrize("keeps", ["777 0 0", "640 65534 65534"])
def test_mount_that_keeps_neither_owner_nor_mode_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Any, keeps: str
) -> None:
    """It takes what is set without a word; a share of root_squash has its own idea of owners."""
    mode, uid, gid = keeps.split()
    stat = tmp_path / "bin" / "stat"
    stat.parent.mkdir()
    stat.write_text(f"#!/bin/sh\necho {mode} {uid}:{gid}\n")
    stat.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stat.parent}:{os.environ['PATH']}")
    target = tmp_path / "thing"
    target.mkdir()
    done = execute(command(str(target), mode="750", **OWNER))
    assert done.returncode != 0
    assert "does not keep mode 750" in done.stderr


def test_compose_names_directory_and_file() -> None:
    assert compose("/opt/kestra", "ps") == (
        'env -i PATH="$PATH" HOME="$HOME" '
        "DOCKER_HOST=unix:///var/run/docker.sock DOCKER_CONFIG=/etc/docker "
        "docker compose --project-directory /opt/kestra -f /opt/kestra/compose.yaml ps"
    )
    assert compose("/o", "config", file="/o/.new").split()[9:12] == ["/o", "-f", "/o/.new"]


FAKE_DOCKER = r"""#!/bin/sh
case "$*" in
  *"--entrypoint id"*-u) echo 1000 ;;
  *"--entrypoint id"*-g) echo 999 ;;
  *"{{.Id}}"*kestra*) echo sha256:aaa ;;
  *"{{.Id}}"*postgres*) echo sha256:bbb ;;
  *RepoDigests*kestra*) echo "kestra/kestra@sha256:ddd " ;;
  *RepoDigests*) echo ;;
esac
"""


@pytest.fixture
def fake_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(FAKE_DOCKER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


def test_record_tells_ids_digests_sources_and_user(tmp_path: Path, fake_docker: Path) -> None:
    record = tmp_path / "config" / "images.env"
    images = {"kestra": "kestra/kestra:v1.3.39", "postgres": "postgres:17"}
    command = record_images(str(record), images, {"kestra": "sum"}, ["kestra"])
    assert execute(command).returncode == 0
    *lines, told = record.read_text().splitlines()
    assert lines == [
        "# Managed by kestra-provision",
        "KESTRA_IMAGE=kestra/kestra:v1.3.39",
        "KESTRA_IMAGE_SOURCE=sum",
        "KESTRA_IMAGE_ID=sha256:aaa",
        "KESTRA_IMAGE_DIGEST=kestra/kestra@sha256:ddd",
        "POSTGRES_IMAGE=postgres:17",
        "POSTGRES_IMAGE_SOURCE=",
        "POSTGRES_IMAGE_ID=sha256:bbb",
        "POSTGRES_IMAGE_DIGEST=",
        "KESTRA_UID=1000",
        "KESTRA_GID=999",
    ]
    digest = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert told == f"RECORD_SUM={digest}"
    assert execute(StringCommand(is_edited(str(record)))).returncode == 1
    record.write_text(record.read_text().replace("_UID=1000", "_UID=1001"))
    assert execute(StringCommand(is_edited(str(record)))).returncode == 0
    assert mode(record) == "644"
    assert listed(record.parent) == ["images.env"]


def test_record_is_kept_when_docker_fails(tmp_path: Path, fake_docker: Path) -> None:
    fake_docker.write_text("#!/bin/sh\nexit 1\n")
    record = tmp_path / "images.env"
    record.write_text("old\n")
    images = {"kestra": "kestra/kestra:v1.3.39", "postgres": "postgres:17"}
    assert execute(record_images(str(record), images, {}, ["kestra"])).returncode != 0
    assert record.read_text() == "old\n"
