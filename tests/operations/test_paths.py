"""Directories and rendered files: each kind of difference is repaired, and nothing else."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from pyinfra.api.command import StringCommand

from kestra_provision.commands.files import make_directory
from kestra_provision.facts.paths import Paths, PathsSeen, PathState, User
from kestra_provision.operations import paths
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import collecting
from kestra_provision.stack.files import Directory, Rendered
from tests.operations.fake_host import FakeHost, call, raw, yielded

RECORD = "/opt/kestra/config/images.env"
ROOT = Directory("/opt/kestra", "755")
STORAGE = Directory("/opt/kestra/tools/kestra/storage", "750", owner="kestra")
WORKDIR = Directory("/opt/kestra/tools/kestra/workdir", "750", owner="kestra")
RIGHT = {
    ROOT.path: PathState("directory", "755", 0, 0),
    STORAGE.path: PathState("directory", "750", 1001, 1002, writable=True),
    WORKDIR.path: PathState("directory", "750", 1001, 1002, writable=True),
}
MAKE_ROOT = make_directory(ROOT.path, mode="755", uid=0, gid=0).get_raw_value()
MAKE_STORAGE = make_directory(STORAGE.path, mode="750", uid=1001, gid=1002).get_raw_value()


def host_with(states: dict[str, PathState]) -> FakeHost:
    return FakeHost({Paths: PathsSeen(states, {"kestra": User(1001, 1002)})})


def made(states: dict[str, PathState]) -> list[str]:
    host = host_with(states)
    return raw(yielded(host, paths.directories, wanted=[ROOT, STORAGE]))


def test_right_directories_are_left_alone() -> None:
    assert made(RIGHT) == []


def test_all_directories_are_asked_for_at_once() -> None:
    host = host_with(RIGHT)
    yielded(host, paths.directories, wanted=[ROOT, STORAGE])
    ((fact, asked),) = host.asked
    assert fact is Paths
    assert {ROOT.path, STORAGE.path} < {*asked["paths"]}
    assert asked["record"] == RECORD
    assert asked["owners"] == {STORAGE.path: "kestra", WORKDIR.path: "kestra"}


def test_a_path_of_somebody_s_own_stage_is_asked_for_as_well() -> None:
    host = host_with({})
    yielded(host, paths.rendered, wanted=[Rendered("/etc/default/exporter", "a\n", "644")])
    ((_, asked),) = host.asked
    assert asked["paths"][-1] == "/etc/default/exporter"


def test_missing_directories_are_made_parents_first() -> None:
    assert made({}) == [MAKE_ROOT, MAKE_STORAGE]


@pytest.mark.parametrize(
    "difference",
    [{"mode": "755"}, {"uid": 0}, {"gid": 0}, {"mode": "2750"}],
    ids=str,
)
def test_different_directory_is_repaired_alone(difference: dict[str, Any]) -> None:
    wrong = replace(RIGHT[STORAGE.path], **difference)
    assert made({**RIGHT, STORAGE.path: wrong}) == [MAKE_STORAGE]


def test_file_that_its_user_cannot_write_is_given_to_it() -> None:
    closed = {**RIGHT, STORAGE.path: replace(RIGHT[STORAGE.path], closed=True)}
    assert made(closed) == [
        f"find -H {STORAGE.path} -maxdepth 1 -type f \\( ! -uid 1001 -o ! -perm -200 \\) "
        "-exec chown 1001:1002 {} + -exec chmod u+w {} +"
    ]


@pytest.mark.parametrize("uid", [1000, 1001, 0])
def test_whose_directories_are_is_not_said_while_the_record_is_edited(uid: int) -> None:
    """Of a plan or a check: the deploy writes the record anew before it comes to them."""
    states = {
        ROOT.path: replace(RIGHT[ROOT.path], mode="777"),
        STORAGE.path: replace(RIGHT[STORAGE.path], uid=uid, writable=False, closed=True),
        WORKDIR.path: replace(RIGHT[WORKDIR.path], uid=uid, mode="777"),
    }
    host = FakeHost({Paths: PathsSeen(states, edited=True)})
    host.state.is_executing = False
    with collecting(host.as_host) as found:
        commands = yielded(host, paths.directories, wanted=[ROOT, STORAGE, WORKDIR])
        assert yielded(host, paths.writable) == []
    assert raw(commands) == [
        MAKE_ROOT,
        make_directory(WORKDIR.path, mode="750", uid=uid, gid=1002).get_raw_value(),
    ]
    assert [(each.what, each.actual) for each in found] == [
        (ROOT.path, "directory 777 0:0"),
        (WORKDIR.path, f"directory 777 {uid}:1002"),
    ]


def test_a_run_makes_nobody_the_owner_by_an_edited_record() -> None:
    """It is written anew by then, and what it says is what is done."""
    wrong = {**RIGHT, STORAGE.path: replace(RIGHT[STORAGE.path], uid=1500)}
    assert made(wrong) == [MAKE_STORAGE]


def test_whom_a_file_is_for_is_not_said_while_the_record_is_edited() -> None:
    host = FakeHost({Paths: PathsSeen(WRITTEN, edited=True)})
    host.state.is_executing = False
    assert yielded(host, paths.rendered, wanted=[APPLICATION, COMPOSE]) == []


APPLICATION = Rendered("/opt/kestra/config/application.yaml", "a: 1\n", "640", reader="kestra")
COMPOSE = Rendered("/opt/kestra/compose.yaml", "b: 2\n", "644", check="compose accepts it")
WRITTEN = {
    APPLICATION.path: PathState("file", "640", 0, 1002, APPLICATION.sha256),
    COMPOSE.path: PathState("file", "644", 0, 0, COMPOSE.sha256),
}


def rendered(states: dict[str, PathState]) -> list[Any]:
    host = host_with(states)
    return yielded(host, paths.rendered, wanted=[APPLICATION, COMPOSE])


def test_right_files_are_left_alone() -> None:
    assert rendered(WRITTEN) == []


def test_sum_is_that_of_the_content() -> None:
    assert APPLICATION.sha256 == hashlib.sha256(b"a: 1\n").hexdigest()


def test_missing_files_are_written_in_their_order() -> None:
    first, second = rendered({})
    assert first.connector_arguments["_stdin"] == "a: 1\n"
    assert "chown 0:1002" in first.get_raw_value()
    assert "chmod 640" in first.get_raw_value()
    assert second.connector_arguments["_stdin"] == "b: 2\n"
    assert "chown 0:0" in second.get_raw_value()
    assert "&& { compose accepts it; } && mv -f" in second.get_raw_value()


@pytest.mark.parametrize("file", [APPLICATION, COMPOSE], ids=lambda file: file.path)
def test_different_content_is_written_alone(file: Rendered) -> None:
    wrong = replace(WRITTEN[file.path], sha256="0" * 64)
    (command,) = rendered({**WRITTEN, file.path: wrong})
    assert isinstance(command, StringCommand)
    assert command.connector_arguments["_stdin"] == file.content


@pytest.mark.parametrize("difference", [{"mode": "666"}, {"uid": 1}, {"gid": 1}], ids=str)
def test_different_owner_or_mode_is_repaired_without_writing(difference: dict[str, Any]) -> None:
    wrong = replace(WRITTEN[COMPOSE.path], **difference)
    (command,) = rendered({**WRITTEN, COMPOSE.path: wrong})
    (done,) = raw([command])
    assert f"chown 0:0 {COMPOSE.path} && chmod 644 {COMPOSE.path}" in done
    assert "_stdin" not in command.connector_arguments


@pytest.mark.parametrize(
    ("kind", "words"),
    [("file", "is a file"), ("symbolic link", "is a link that leads nowhere")],
)
def test_what_is_no_directory_is_left_to_a_person(kind: str, words: str) -> None:
    wrong = replace(RIGHT[ROOT.path], mode="700")
    host = host_with({ROOT.path: wrong, STORAGE.path: PathState(kind, "777", 0, 0)})
    with collecting(host.as_host) as said:
        (failure,) = yielded(host, paths.directories, wanted=[ROOT, STORAGE])
    assert isinstance(failure, Failure)
    assert f"{STORAGE.path} {words}, not a directory" in failure.message
    assert f"mv {STORAGE.path} {STORAGE.path}.old" in failure.message
    assert [d.what for d in said] == [ROOT.path], "or a deploy would be said to repair it"


def test_directory_in_the_place_of_a_file_is_left_to_a_person() -> None:
    (failure,) = rendered({**WRITTEN, COMPOSE.path: PathState("directory", "755", 0, 0)})
    assert isinstance(failure, Failure)
    assert f"{COMPOSE.path} is a directory, not a file" in failure.message


@pytest.mark.parametrize(
    "state",
    [
        PathState("file", "644", 0, 0, stranger=True),
        PathState("file", "644", 0, 0, COMPOSE.sha256, link=True),
        PathState("symbolic link", "777", 0, 0, link=True),
        PathState("fifo", "644", 0, 0),
    ],
    ids=["somebody else's", "link", "link that leads nowhere", "fifo"],
)
def test_what_is_not_ours_is_left_to_a_person(state: PathState) -> None:
    (failure,) = rendered({**WRITTEN, COMPOSE.path: state})
    assert isinstance(failure, Failure)
    assert f"{COMPOSE.path} is " in failure.message


@pytest.mark.parametrize(
    "state",
    [
        PathState("directory", "755", 0, 0, empty=True),
        PathState("file", "644", 0, 0, empty=True),
        PathState("file", "644", 0, 0, "another sum"),
    ],
    ids=["Docker's empty directory", "empty file", "ours, edited"],
)
def test_what_nobody_misses_is_replaced_by_the_file(state: PathState) -> None:
    (command,) = rendered({**WRITTEN, COMPOSE.path: state})
    assert isinstance(command, StringCommand)
    assert command.connector_arguments["_stdin"] == COMPOSE.content


def writable(states: dict[str, PathState]) -> list[Any]:
    return yielded(host_with(states), paths.writable)


def test_writable_directory_is_nothing_to_do() -> None:
    assert writable(RIGHT) == []


@pytest.mark.parametrize(
    "storage", [{}, {STORAGE.path: replace(RIGHT[STORAGE.path], writable=False)}]
)
def test_unwritable_directory_fails_with_the_reason(storage: dict[str, PathState]) -> None:
    states = {WORKDIR.path: RIGHT[WORKDIR.path], **storage}
    (command,) = writable(states)
    host = host_with(states)
    assert call(command, host) is False
    assert host.logs == [
        f"{STORAGE.path} is not writable for uid 1001, which Kestra runs as, though owner and "
        "mode are right: look for a read-only mount or a parent without x "
        f"(namei -l {STORAGE.path})"
    ]


def test_directory_that_became_writable_meanwhile_passes() -> None:
    """The fact at planning time sees a host on which the directories are not made yet."""
    (command,) = writable({})
    host = host_with(RIGHT)
    assert call(command, host) is True
    assert host.logs == []
