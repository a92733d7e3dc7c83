"""What lies where a deploy writes and must not be replaced is named before anything changes."""

from kestra_provision.facts.paths import PathsSeen, PathState
from kestra_provision.preflight.paths import judge_paths
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools

FILE, FOLDER = PathState("file", "644", 0, 0), PathState("directory", "755", 0, 0)
SETTINGS = Tools()


def test_things_of_another_kind_are_named_with_the_way_out() -> None:
    seen = {
        "/opt/kestra": FOLDER,
        "/opt/kestra/backups": FILE,
        "/opt/kestra/compose.yaml": FOLDER,
        "/opt/kestra/config/application.yaml": FILE,
        "/opt/kestra/not-ours": FILE,
    }
    problems = judge_paths(SETTINGS, stack_of(SETTINGS), PathsSeen(seen))
    assert [(p.what, p.where, p.fix) for p in problems] == [
        (
            "/opt/kestra/backups is a file, not a directory",
            "/opt/kestra/backups on the host",
            "move it away: mv /opt/kestra/backups /opt/kestra/backups.old",
        ),
        (
            "/opt/kestra/compose.yaml is a directory, not a file",
            "/opt/kestra/compose.yaml on the host",
            "move it away: mv /opt/kestra/compose.yaml /opt/kestra/compose.yaml.old",
        ),
    ]


def test_bare_host_has_nothing_in_the_way() -> None:
    assert judge_paths(SETTINGS, stack_of(SETTINGS), PathsSeen({})) == []
