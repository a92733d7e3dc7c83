"""What lies where a deploy writes and must not be replaced is named before anything changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kestra_provision.facts.paths import PathsSeen, PathState
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.paths import judge_paths
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Problem, Settings
from tests.unit.preflight_hosts import BARE, OURS

FILE, FOLDER = PathState("file", "644", 0, 0), PathState("directory", "755", 0, 0)
STRANGER, LINK = replace(FILE, stranger=True), replace(FILE, link=True)
DANGLING = PathState("symbolic link", "777", 0, 0, link=True)
SETTINGS = Tools()


def judged(
    seen: dict[str, PathState], survey: HostSurvey = BARE, settings: Settings = SETTINGS
) -> list[Problem]:
    return judge_paths(settings, stack_of(settings), PathsSeen(seen), survey)


def test_things_of_another_kind_are_named_with_the_way_out() -> None:
    seen = {
        "/opt/kestra": FOLDER,
        "/opt/kestra/backups": FILE,
        "/opt/kestra/compose.yaml": FOLDER,
        "/opt/kestra/config/application.yaml": FILE,
        "/opt/kestra/not-ours": FILE,
    }
    assert [(p.what, p.where, p.fix) for p in judged(seen)] == [
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
    assert judged({}) == []


@pytest.mark.parametrize(
    "path",
    [
        "/opt/kestra/compose.yaml",
        "/opt/kestra/config/application.yaml",
        "/opt/kestra/config/images.env",
        "/opt/kestra/scripts/lib/common.sh",
        "/opt/kestra/scripts/maintenance/watch.sh",
        "/opt/kestra/tools/kestra/scripts/run.sh",
        "/opt/kestra/docs/context/ops/service-port-map.md",
        "/etc/systemd/system/kestra-watch@tools-kestra.timer",
        "/etc/systemd/system/kestra-watch@tools-kestra.service",
    ],
)
def test_file_without_our_mark_is_not_overwritten(path: str) -> None:
    (problem,) = judged({path: STRANGER})
    assert problem.what == f"{path} is not ours: our mark is not in it"
    assert problem.fix == f"move it away: mv {path} {path}.old"
    assert judged({path: FILE}) == []
    assert judged({path: replace(FILE, empty=True)}) == []


@pytest.mark.parametrize(
    "path", ["/opt/kestra/compose.yaml", "/opt/kestra/.env", "/etc/docker/daemon.json"]
)
def test_link_in_the_place_of_a_file_is_not_replaced(path: str) -> None:
    (problem,) = judged({path: LINK})
    assert problem.what == f"{path} is a link, and a file would take its place"
    copy = f'cp --remove-destination "$(readlink -f {path})" {path}'
    assert problem.fix == f"put the file itself there: {copy}"
    (problem,) = judged({path: DANGLING})
    assert problem.what == f"{path} is a link that leads nowhere, not a file"
    assert problem.fix == f"move it away: mv {path} {path}.old"


def test_link_to_a_directory_is_followed() -> None:
    linked = replace(FOLDER, link=True)
    assert judged({"/opt/kestra": linked, "/opt/kestra/tools/kestra/storage": linked}) == []


@pytest.mark.parametrize("path", ["/opt/kestra/services-manifest.json", "/etc/docker/daemon.json"])
def test_files_of_others_too_need_no_mark(path: str) -> None:
    assert judged({path: STRANGER}) == []


def test_manifest_is_written_through_a_link() -> None:
    assert judged({"/opt/kestra/services-manifest.json": LINK}) == []


@pytest.mark.parametrize(
    ("settings", "systemd", "path", "refused"),
    [
        (Tools(), True, "/etc/cron.d/kestra-watch-tools-kestra", False),
        (Tools(), False, "/etc/cron.d/kestra-watch-tools-kestra", True),
        (Tools(), False, "/etc/systemd/system/kestra-watch@tools-kestra.timer", False),
        (Tools(watch_interval_minutes=0), True, "/opt/kestra/scripts/maintenance/watch.sh", False),
        (Tools(), True, "/etc/apt/apt.conf.d/95kestra-provision-proxy", False),
        (
            Tools(http_proxy="http://10.0.0.1:3128"),
            True,
            "/etc/apt/apt.conf.d/95kestra-provision-proxy",
            True,
        ),
    ],
)
def test_what_no_deploy_writes_may_be_anybodys(
    settings: Settings, systemd: bool, path: str, refused: bool
) -> None:
    problems = judged({path: STRANGER}, replace(BARE, systemd=systemd), settings)
    assert bool(problems) is refused


def test_env_is_ours_by_its_mark_or_by_a_key_of_ours() -> None:
    env = "/opt/kestra/.env"
    (problem,) = judged({env: STRANGER})
    assert problem.what == f"{env} is not ours: neither our mark nor a key of ours is in it"
    assert problem.fix.endswith(f"echo '# Managed by kestra-provision' >> {env}")
    assert judged({env: FILE}) == []
    assert judged({env: STRANGER}, replace(BARE, env_names=frozenset({"KESTRA_HTTP_PORT"}))) == []


STRAYS = replace(BARE, strays=("/opt/kestra/app.jar", "/opt/kestra/config/app.yaml"))


def test_directory_with_files_of_somebody_else_is_not_taken() -> None:
    (problem,) = judged({"/opt/kestra": FOLDER}, STRAYS)
    assert problem.what == (
        "/opt/kestra holds files, and none is ours: "
        "/opt/kestra/app.jar and /opt/kestra/config/app.yaml"
    )
    assert "mv /opt/kestra /opt/kestra.old" in problem.fix
    assert problem.where == "root_dir"


@pytest.mark.parametrize(
    ("seen", "survey"),
    [
        ({"/opt/kestra/compose.yaml": FILE}, STRAYS),
        ({"/opt/kestra/.env": FILE}, STRAYS),
        ({}, replace(STRAYS, env_names=frozenset({"KESTRA_DB_PASSWORD"}))),
        ({}, replace(STRAYS, containers=(replace(OURS, directory="/opt/kestra"),))),
        ({}, replace(STRAYS, volumes=frozenset({"tools-kestra_postgres-data"}))),
        ({}, replace(STRAYS, data_files=frozenset({"/opt/kestra/tools/kestra/database/k.mv.db"}))),
        ({"/opt/kestra": FOLDER}, BARE),
    ],
    ids=["a file", ".env", "a key", "containers", "volume", "data", "directories alone"],
)
def test_directory_in_which_something_is_ours_may_hold_more(
    seen: dict[str, PathState], survey: HostSurvey
) -> None:
    assert judged(seen, survey) == []


def test_our_mark_elsewhere_does_not_make_the_directory_ours() -> None:
    seen = {"/etc/systemd/system/kestra-watch@tools-kestra.timer": FILE}
    seen["/opt/kestra/config/application.yaml"] = replace(FILE, empty=True)
    assert [p.where for p in judged(seen, STRAYS)] == ["root_dir"]
