"""What the facts of a host see, on this machine and in files of a test."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision import HEADER
from kestra_provision.commands.files import open_files
from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.facts.daemon import Daemon
from kestra_provision.facts.images import Images
from kestra_provision.facts.paths import Paths, User, closed_files
from kestra_provision.facts.survey import Survey
from tests.operations.fact_commands import FACTS, IMAGES, output, run, summed, survey


def test_survey_sees_this_machine() -> None:
    seen = Survey().process(output(FACTS["Survey"][1]))
    assert seen.privilege in ("root", "sudo", "none")
    assert seen.user
    if seen.privilege == "none":
        return
    assert seen.cpus >= 1
    assert seen.memory_mb > 100
    assert seen.disk_gb > 0
    assert 0 < seen.image_room.free_gb <= seen.image_room.size_gb
    assert seen.image_room.folder.startswith("/")
    assert seen.architecture in ("amd64", "arm64")


def test_survey_asks_from_the_root_upwards_for_a_disk(tmp_path: Path) -> None:
    seen = Survey().process(output(survey(str(tmp_path / "not" / "there" / "yet"))))
    assert seen.privilege == "none" or seen.disk_gb > 0


def test_survey_survives_a_host_without_os_release() -> None:
    command = FACTS["Survey"][1].replace("/etc/os-release", "/nonexistent/os-release")
    result = run(command)
    assert result.returncode == 0
    seen = Survey().process(result.stdout.splitlines())
    assert seen.os_id == ""
    assert seen.privilege == "none" or seen.cpus >= 1


@pytest.mark.parametrize("end", ["", "\n", "\n\n"], ids=["no line break", "one", "two"])
def test_daemon_json_is_read_whatever_its_end(tmp_path: Path, end: str) -> None:
    """An editor or `printf` may leave no line break, and the next section must still be one."""
    file = tmp_path / "daemon.json"
    file.write_text('{"live-restore": true}' + end)
    seen = Daemon().process(output(Daemon().command().replace(DAEMON_JSON, str(file))))
    assert seen.config == {"live-restore": True}
    host = Survey().process(output(survey("/opt/kestra").replace(DAEMON_JSON, str(file))))
    assert host.daemon_json_valid


def test_paths_tells_owner_mode_and_sum(tmp_path: Path) -> None:
    folder, file, missing = tmp_path / "d", tmp_path / "f", tmp_path / "none"
    folder.mkdir(mode=0o750)
    file.write_text("content\n")
    file.chmod(0o640)
    empty, record = tmp_path / "empty", tmp_path / "images.env"
    empty.touch(mode=0o600)
    summed(record, "# head\nKESTRA_UID=1234\nKESTRA_GID=5678\n")
    asked = [str(path) for path in (folder, file, empty, missing)]
    seen = Paths().process(
        output(Paths().command(asked, str(record), dict.fromkeys(asked, "kestra")))
    )
    assert seen.user("kestra") == User(1234, 5678)
    assert not seen.edited
    assert set(seen.states) == {str(folder), str(file), str(empty)}
    shown = {path: (s.kind, s.mode, s.uid, s.gid) for path, s in seen.states.items()}
    owner = (os.getuid(), os.getgid())
    assert shown[str(folder)] == ("directory", "750", *owner)
    assert shown[str(file)] == ("file", "640", *owner)
    assert shown[str(empty)] == ("file", "600", *owner)
    assert seen.states[str(file)].sha256 == hashlib.sha256(b"content\n").hexdigest()
    assert seen.states[str(folder)].sha256 == ""


def test_paths_tells_what_lies_there_instead(tmp_path: Path) -> None:
    """A directory with something in it, and a link to one, are told from Docker's empty one."""
    empty, full, to_empty, dangling = (tmp_path / name for name in "efld")
    for folder in (empty, full, full / "inside"):
        folder.mkdir()
    to_empty.symlink_to(empty)
    dangling.symlink_to("/nonexistent/disk")
    asked = [str(path) for path in (empty, full, to_empty, dangling)]
    seen = Paths().process(output(Paths().command(asked, "/nonexistent", {}))).states
    assert [seen[path].in_the_way("file") for path in asked] == [
        "",
        *["is a directory, not a file"] * 2,
        "is a link that leads nowhere, not a file",
    ]
    assert [seen[path].in_the_way("directory") for path in asked] == [
        *[""] * 3,
        "is a link that leads nowhere, not a directory",
    ]


def test_paths_tells_whose_a_file_is_and_of_shared_ones_no_sum(tmp_path: Path) -> None:
    ours, strange, empty, link, shared, fifo = (tmp_path / name for name in "osefhp")
    ours.write_text(f"#!/bin/sh\n# {HEADER}. Edited by hand.\nexit\n")
    for file in (strange, shared):
        file.write_text("name: theirs\n")
    empty.touch()
    link.symlink_to(ours)
    os.mkfifo(fifo)  # whoever opened it would wait for ever
    asked = [str(path) for path in (ours, strange, empty, link, fifo)]
    command = Paths().command(asked, "/nonexistent", {}, [str(shared)])
    seen = Paths().process(output(command)).states
    assert {path for path, state in seen.items() if state.stranger} == {str(strange), str(shared)}
    assert {path for path, state in seen.items() if state.link} == {str(link)}
    assert {path for path, state in seen.items() if not state.sha256} == {
        str(fifo),
        str(shared),
    }
    assert seen[str(shared)].in_the_way("shared") == ""
    assert seen[str(link)].in_the_way("shared") == "is a link, and a file would take its place"


def test_files_of_a_directory_behind_a_link_are_seen_and_opened(tmp_path: Path) -> None:
    disk, storage = tmp_path / "disk", tmp_path / "storage"
    disk.mkdir()
    (disk / "kestra.mv.db").touch()
    storage.symlink_to(disk)
    asked = {str(storage): "kestra"}
    before = Paths().process(output(Paths().command([*asked], "/nonexistent", asked)))
    assert before.states[str(storage)].closed is True
    command = open_files(closed_files(str(storage), "1000"), 1000, 1000)
    assert run(str(command)).returncode == 0
    assert (disk / "kestra.mv.db").stat().st_uid == 1000
    assert storage.is_symlink()


def test_survey_tells_files_of_others_and_no_half_written_one_of_ours(tmp_path: Path) -> None:
    root = tmp_path / "kestra"
    (root / "config").mkdir(parents=True)
    (root / "config/.images.env.kestra-provision").touch()
    (root / "logs").mkdir()
    for name in (
        "audit.jsonl",
        ".audit.jsonl.kestra-provision",
        "20260102T030405Z-stop.log",
        "20260102T030405Z-restart.log",
        "20260102T030405Z-self-repair.log",
    ):
        (root / "logs" / name).touch()
    assert Survey().process(output(survey(str(root)))).strays == ()
    (root / "config/app.yaml").touch()
    assert Survey().process(output(survey(str(root)))).strays == (f"{root}/config/app.yaml",)
    (root / "logs/app-stop.log").touch()
    (root / "config/audit.jsonl").touch()
    found = Survey().process(output(survey(str(root)))).strays
    assert {*found} == {
        f"{root}/{name}" for name in ("config/app.yaml", "logs/app-stop.log", "config/audit.jsonl")
    }
    for number in range(5):
        (root / f"{number}.jar").touch()
    assert len(Survey().process(output(survey(str(root)))).strays) == 3
    (tmp_path / "link").symlink_to(root)
    assert len(Survey().process(output(survey(str(tmp_path / "link")))).strays) == 3


@pytest.mark.parametrize(
    ("mode", "owner", "closed"),
    [(0o644, 0, True), (0o444, 1000, True), (0o600, 1000, False)],
)
def test_paths_tells_a_file_that_its_user_cannot_write(
    tmp_path: Path, mode: int, owner: int, closed: bool
) -> None:
    folder = tmp_path / "a b"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "task's").touch()  # whose files may be anybody's
    (folder / "kestra.mv.db").touch()
    (folder / "kestra.mv.db").chmod(mode)
    os.chown(folder / "kestra.mv.db", owner, owner)
    asked = {str(folder): "kestra"}
    command = Paths().command([*asked], "/nonexistent", asked)
    seen = Paths().process(output(command))
    assert seen.states[str(folder)].closed is closed
    if closed:
        mended = open_files(closed_files(str(folder), "1000"), 1000, 1000)
        subprocess.run(mended.get_raw_value(), shell=True, check=True)
        assert not Paths().process(output(command)).states[str(folder)].closed


def test_images_reads_the_record(tmp_path: Path) -> None:
    record = tmp_path / "images.env"
    record.write_text("# head\nKESTRA_IMAGE=kestra/kestra:v1.3.39\nPOSTGRES_IMAGE_DIGEST=a@b \n")
    seen = Images().process(output(Images().command(IMAGES, str(record))))
    assert seen.record == {
        "KESTRA_IMAGE": "kestra/kestra:v1.3.39",
        "POSTGRES_IMAGE_DIGEST": "a@b",
    }


def test_survey_reads_apts_sources_without_their_passwords(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb https://joe:s3cret@example.com/debian x main\n")
    (parts / "docker.sources").write_text("Types: deb\n\nURIs: http://a/b")
    (parts / "docker.list.save").write_text("deb http://ignored x y\n")
    result = run(survey("/opt/kestra").replace("/etc/apt", str(tmp_path)))
    seen = Survey().process(result.stdout.splitlines())
    if seen.privilege == "none":
        return
    assert "s3cret" not in result.stdout
    assert [(file.path, file.lines) for file in seen.apt_sources] == [
        (f"{tmp_path}/sources.list", ("deb https://example.com/debian x main",)),
        (f"{parts}/docker.sources", ("Types: deb", "", "URIs: http://a/b")),
    ]


def test_survey_tells_whose_directory_it_is_and_nothing_of_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(f'# {HEADER}.\nname: "tools-kestra"\n\nservices:\n')
    (tmp_path / ".env").write_text("A=1\nC='s3cret\nD=s3cret'\nAB=2\n")
    file = tmp_path / "kestra.mv.db"
    file.touch()
    result = run(survey(str(tmp_path), ["A", "B", "C"], [str(file), f"{tmp_path}/none"]))
    seen = Survey().process(result.stdout.splitlines())
    if seen.privilege == "none":
        return
    assert "s3cret" not in result.stdout
    assert seen.deployed == "tools-kestra"
    assert seen.env_names == {"A", "C"}
    assert seen.data_files == {str(file)}


def test_survey_takes_no_compose_file_of_others_for_ours(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("name: theirs\n")
    assert Survey().process(output(survey(str(tmp_path)))).deployed == ""
