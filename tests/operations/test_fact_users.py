"""Users and groups are the system's, whichever of its sources has them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.facts.group import GroupMembers, group_arguments
from kestra_provision.facts.survey import Survey
from tests.operations.fact_commands import survey

#: A directory beside the files: it tells of a user who is asked for, and lists none.
GETENT = """#!/bin/sh
case "$1" in
    passwd)
        shift
        for name; do
            case $name in
                root) echo root:x:0:0::/root:/bin/sh ;;
                jane.doe@example.com) echo "$name:*:70001:70000::/data/people/jane:/bin/fish" ;;
                70001) echo "jane.doe@example.com:*:70001:70000::/data/people/jane:/bin/fish" ;;
                *) missing=2 ;;
            esac
        done
        exit $missing ;;
    group) [ "$2" = docker ] && echo 'docker:x:998:listed' ;;
esac
"""
#: Groups by their numbers, as the system knows them: of some users it is the first one.
ID = """#!/bin/sh
[ "$1" = -G ] || exec /usr/bin/id "$@"
case "$2" in
    listed) echo 1000 27 998 ;;
    jane.doe@example.com) echo 998 70000 ;;
    other) echo 1001 9981 1998 ;;
    *) exit 1 ;;
esac
"""


def told(folder: Path, command: str, **environment: str) -> list[str]:
    for name, text in (("getent", GETENT), ("id", ID)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    inherited = {k: v for k, v in os.environ.items() if k != "SUDO_USER"}
    done = subprocess.run(
        ["sh", "-c", command],
        env={**inherited, "PATH": f"{folder}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def test_user_of_a_directory_is_known_and_a_number_is_no_name(tmp_path: Path) -> None:
    asked = ["jane.doe@example.com", "nobody-here", "root", "70001"]
    command = survey("/opt/kestra", users=asked)
    seen = Survey().process(told(tmp_path, command, privilege="root", user="root"))
    assert seen.users == {"jane.doe@example.com", "root"}


def test_nobody_is_looked_up_when_nobody_is_asked_for(tmp_path: Path) -> None:
    command = survey("/opt/kestra")
    seen = Survey().process(told(tmp_path, command, privilege="root", user="root"))
    assert seen.users == frozenset()


@pytest.mark.parametrize(
    ("users", "environment", "members"),
    [
        (["listed", "other", "missing"], {}, {"listed"}),
        (["jane.doe@example.com"], {}, {"jane.doe@example.com"}),
        ([], {"user": "listed"}, {"listed"}),
        ([], {"SUDO_USER": "jane.doe@example.com"}, {"jane.doe@example.com"}),
        ([], {"user": "other"}, set()),
        ([], {}, set()),
    ],
)
def test_members_are_those_of_whom_the_system_says_so(
    tmp_path: Path, users: list[str], environment: dict[str, str], members: set[str]
) -> None:
    command = GroupMembers().command(**group_arguments("docker", users))
    assert GroupMembers().process(told(tmp_path, command, **environment)) == members


def test_group_that_is_not_there_yet_has_no_members(tmp_path: Path) -> None:
    command = GroupMembers().command(**group_arguments("absent", ["listed"]))
    assert GroupMembers().process(told(tmp_path, command)) == set()
