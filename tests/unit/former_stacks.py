"""Hosts on which another stack is or has been, and what is said of each; others that are fine."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from kestra_provision.facts.survey import HostSurvey, SeenContainer
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.profiles.others import marks_of
from kestra_provision.profiles.quick import Quick
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Settings

FILE = "/opt/kestra/tools/kestra/database/kestra.mv.db"
VOLUME = "tools-kestra_postgres-data"
STORAGE = "the files in /opt/kestra/tools/kestra/storage"
DOWN = "docker compose --project-directory /opt/kestra down && mv /opt/kestra /opt/kestra."
BARE = HostSurvey()


def _names(settings: Settings) -> frozenset[str]:
    return marks_of(stack_of(settings)).names


def _container(name: str, project: str, directory: str = "/opt/kestra") -> SeenContainer:
    return SeenContainer(name, True, project, "k:1", "Up 2 hours", "", directory)


TOOLS_THERE = HostSurvey(
    containers=(
        _container("tools-kestra", "tools-kestra"),
        _container("tools-kestra-postgres", "tools-kestra"),
    ),
    env_written="2026-01-02 03:04:05",
    env_names=_names(Tools()),
    deployed="tools-kestra",
    volumes=frozenset({VOLUME}),
)
DEVORCH_THERE = HostSurvey(
    containers=tuple(
        _container(name, "devorch") for name in stack_of(DevOrch()).containers.values()
    ),
    env_written="2026-01-02 03:04:05",
    env_names=_names(DevOrch()),
    deployed="devorch",
    volumes=frozenset({"devorch_postgres-data"}),
)
QUICK_THERE = HostSurvey(
    containers=(_container("kestra-quick", "kestra-quick"),),
    env_written="2026-01-02 03:04:05",
    env_names=_names(Quick()),
    deployed="kestra-quick",
    data_files=frozenset({FILE}),
)


class Case(NamedTuple):
    """What is declared where, and what must stand in the parts of the one problem."""

    settings: Settings
    survey: HostSurvey
    where: str
    what: list[str]
    fix: list[str]


REFUSED = {
    "tools, then quick": Case(
        Quick(),
        TOOLS_THERE,
        "profile",
        [
            "/opt/kestra belongs to the stack tools-kestra of profile tools on the host",
            "a deploy of profile quick would leave behind",
            f"the data in volume {VOLUME}, {STORAGE}, the secrets in /opt/kestra/.env",
        ],
        [
            "set profile = 'tools', project_name = 'tools-kestra' to go on with it",
            "or keep both",
            f"{DOWN}tools-kestra",
        ],
    ),
    "quick, then tools": Case(
        Tools(),
        QUICK_THERE,
        "profile",
        [
            "the stack kestra-quick of profile quick",
            f"the data in {FILE}, {STORAGE}, the secrets in",
        ],
        ["set profile = 'quick', project_name = 'kestra-quick'", f"{DOWN}kestra-quick"],
    ),
    "containers removed by hand": Case(
        Quick(),
        replace(TOOLS_THERE, containers=()),
        "profile",
        ["of profile tools", f"volume {VOLUME}"],
        [f"{DOWN}tools-kestra"],
    ),
    "containers and compose file removed by hand, .env and a volume are left": Case(
        Quick(),
        replace(TOOLS_THERE, containers=(), deployed=""),
        "profile",
        ["the stack tools-kestra of profile tools", f"volume {VOLUME}, {STORAGE}"],
        ["set profile = 'tools', project_name = ", "mv /opt/kestra /opt/kestra.tools-kestra"],
    ),
    "only .env is left, and the volume is of a stack elsewhere": Case(
        Quick(),
        replace(
            TOOLS_THERE,
            containers=(_container("tools-kestra", "tools-kestra", "/srv/k"),),
            deployed="",
        ),
        "profile",
        [
            f"/opt/kestra belongs to a stack of profile tools on the host, and a deploy of profile "
            f"quick would leave behind {STORAGE}, the secrets in /opt/kestra/.env"
        ],
        ["set profile = 'tools' to go on", "aside: mv /opt/kestra /opt/kestra.tools"],
    ),
    "compose file removed under containers": Case(
        Tools(),
        replace(QUICK_THERE, deployed=""),
        "profile",
        ["of profile quick"],
        ["docker rm -f kestra-quick && mv /opt/kestra /opt/kestra.kestra-quick"],
    ),
    "only a file with data is left": Case(
        Tools(),
        HostSurvey(data_files=frozenset({FILE})),
        "profile",
        ["of profile quick", f"the data in {FILE}, {STORAGE}"],
        ["set profile = 'quick' to go on", "aside: mv /opt/kestra /opt/kestra.quick"],
    ),
    "one name for both, tools first": Case(
        Quick(project_name="tools-kestra"),
        TOOLS_THERE,
        "profile",
        ["of profile tools", f"volume {VOLUME}"],
        ["set profile = 'tools' to go", "a root_dir and a project_name of its own"],
    ),
    "one name for both, tools, then devorch": Case(
        DevOrch(project_name="tools-kestra"),
        TOOLS_THERE,
        "profile",
        [
            "of profile tools on the host, and a deploy of profile devorch would leave behind",
            VOLUME,
        ],
        ["set profile = 'tools'", "a project_name of its own"],
    ),
    "one name for both, devorch, then tools": Case(
        Tools(project_name="devorch"),
        DEVORCH_THERE,
        "profile",
        ["of profile devorch on the host", "the data in volume devorch_postgres-data"],
        ["set profile = 'devorch'"],
    ),
    "one name for both, and only a volume is left": Case(
        Quick(project_name="tools-kestra"),
        HostSurvey(volumes=frozenset({VOLUME})),
        "profile",
        [
            "the name tools-kestra belongs to the stack tools-kestra of profile tools on the host, "
            f"and a deploy of profile quick would leave behind the data in volume {VOLUME}"
        ],
        ["a project_name of its own"],
    ),
    "one name for both, in another directory": Case(
        Quick(project_name="tools-kestra", root_dir="/opt/quick"),
        replace(TOOLS_THERE, env_written="", env_names=frozenset(), deployed=""),
        "profile",
        ["/opt/kestra belongs to the stack tools-kestra of profile tools", f"{VOLUME}, {STORAGE}"],
        ["set profile = 'tools', root_dir = '/opt/kestra' to go on"],
    ),
    "one name for both, quick first": Case(
        Tools(project_name="kestra-quick"),
        QUICK_THERE,
        "profile",
        ["of profile quick", FILE],
        ["set profile = 'quick' to go"],
    ),
    "another name of the same profile": Case(
        Tools(project_name="another"),
        TOOLS_THERE,
        "project_name",
        [
            "belongs to the stack tools-kestra on the host, and a deploy of the stack another",
            f"volume {VOLUME}",
        ],
        ["set project_name = 'tools-kestra' to go on with it"],
    ),
    "another name, containers removed by hand": Case(
        Tools(project_name="another"),
        replace(TOOLS_THERE, containers=()),
        "project_name",
        [f"volume {VOLUME}"],
        ["set project_name = 'tools-kestra'"],
    ),
    "Docker does not answer": Case(
        Quick(),
        replace(TOOLS_THERE, containers=(), volumes=frozenset()),
        "profile",
        ["the stack tools-kestra of profile tools", STORAGE],
        ["set profile = 'tools', project_name = 'tools-kestra'"],
    ),
}
FINE = {
    "tools with a key of the operator's own that another profile has": (
        Tools(),
        replace(TOOLS_THERE, env_names=TOOLS_THERE.env_names | {"N8N_PORT"}),
    ),
    "devorch where it is": (DevOrch(), DEVORCH_THERE),
    "devorch whose database and n8n's lines in .env are gone": (
        DevOrch(),
        replace(DEVORCH_THERE, volumes=frozenset(), env_names=_names(Tools())),
    ),
    "devorch whose n8n's lines in .env are gone": (
        DevOrch(),
        replace(DEVORCH_THERE, env_names=_names(Tools())),
    ),
    "bare": (Quick(), BARE),
    "tools as it is": (Tools(), TOOLS_THERE),
    "quick as it is": (Quick(), QUICK_THERE),
    "quick beside tools": (
        Quick(root_dir="/opt/quick"),
        replace(TOOLS_THERE, deployed="", env_written="", env_names=frozenset()),
    ),
    "tools whose .env is lost": (
        Tools(),
        replace(TOOLS_THERE, env_written="", env_names=frozenset()),
    ),
    "tools whose containers are gone": (Tools(), replace(TOOLS_THERE, containers=())),
    "a first run of tools that ended early": (Tools(), HostSurvey(env_names=_names(Tools()))),
    "a first run of quick that ended early": (Quick(), HostSurvey(env_names=_names(Quick()))),
    "an .env with a password of the operator's": (
        Tools(),
        HostSurvey(env_names=frozenset({"KESTRA_BASICAUTH_PASSWORD"})),
    ),
    "volumes of other stacks": (Quick(), HostSurvey(volumes=frozenset({VOLUME, "web_data"}))),
    "a container of somebody else's project there": (
        Quick(),
        HostSurvey(
            containers=(SeenContainer("web", False, "web", "n:1", "Up", "", "/opt/kestra"),)
        ),
    ),
}
