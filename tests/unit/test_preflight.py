"""Hosts that are refused before anything changes, and those that are not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.docker.archive import Archive, ArchivedImage
from kestra_provision.docker.compose_deb import Deb
from kestra_provision.facts.storage import Room
from kestra_provision.facts.survey import HostSurvey, Listener, SeenContainer
from kestra_provision.preflight.archive import missing_room
from kestra_provision.preflight.judge import clock_off, earlier_run, judge
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Problem

BARE = HostSurvey(
    privilege="root",
    user="root",
    os_id="debian",
    os_version="13",
    os_name="Debian GNU/Linux 13 (trixie)",
    architecture="amd64",
    systemd=True,
    cpus=2,
    memory_mb=4100,
    disk_gb=40.0,
    image_room=Room("/var/lib/docker", 40.0, 30.0),
)
BOOKWORM = replace(BARE, os_version="12", os_name="Debian GNU/Linux 12 (bookworm)")
RUNNING = replace(
    BARE,
    docker="28.2.2",
    docker_client=True,
    compose="2.36.2",
    docker_packages=("docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin"),
)


def container(
    name: str, ports: str = "", *, ours: bool = True, project: str = "tools-kestra"
) -> SeenContainer:
    return SeenContainer(name, ours, project, "some/image:1", "Up 2 hours", ports)


OUR_PORTS = "127.0.0.1:8080->8080/tcp, 127.0.0.1:8081->8081/tcp"
OURS = container("tools-kestra", OUR_PORTS)


def listening(port: int, address: str = "127.0.0.1", holder: str = "nginx (pid 7)") -> Listener:
    return Listener(address, port, holder)


def archive(**architectures: str) -> Archive:
    names = {"kestra": "kestra/kestra:v1.3.39", "postgres": "postgres:17", "other": "other:1"}
    images = {names[k]: ArchivedImage("c" * 64, value, "") for k, value in architectures.items()}
    return Archive(Path("/tmp/images.tar"), 1_000_000_000, 1_000_000_000, images)


ACCEPTED: dict[str, tuple[dict[str, Any], HostSurvey, Archive | None]] = {
    "bare Debian 13": ({}, BARE, None),
    "bare Debian 12 with a compose plugin of its own": (
        {
            "docker_source": "distro",
            "docker_min_version": "20.10",
            "compose_deb": "compose.deb",
        },
        BOOKWORM,
        None,
    ),
    "Debian 12 with Docker of another origin": (
        {"docker_source": "present"},
        replace(BOOKWORM, docker="29.0", docker_client=True, compose="2.40"),
        None,
    ),
    "Ubuntu 24.04": ({}, replace(BARE, os_id="ubuntu", os_version="24.04"), None),
    "sudo": ({}, replace(BARE, privilege="sudo", user="debian"), None),
    "second run": (
        {},
        replace(RUNNING, listeners=(listening(8080), listening(8081)), containers=(OURS,)),
        None,
    ),
    "Docker of another origin, used as it is": (
        {"docker_source": "present"},
        replace(RUNNING, docker_packages=()),
        None,
    ),
    "exactly the least": ({}, replace(BARE, cpus=2, memory_mb=3600, disk_gb=29.6), None),
    "small host, accepted": (
        {"min_cpus": 1, "min_memory_mb": 900, "min_disk_gb": 9},
        replace(BARE, cpus=1, memory_mb=950, disk_gb=9.8),
        None,
    ),
    "other ports are taken": ({}, replace(BARE, listeners=(listening(22, "0.0.0.0"),)), None),
    "the port is taken on another address": (
        {},
        replace(BARE, listeners=(listening(8080, "10.0.0.5"), listening(8080, "2001:db8::1"))),
        None,
    ),
    "the loopback port is taken, ours binds another address": (
        {"bind_address": "10.0.0.5"},
        replace(BARE, listeners=(listening(8080),)),
        None,
    ),
    "an address with a scope is no clash": (
        {},
        replace(BARE, listeners=(listening(8080, "fe80::1"),)),
        None,
    ),
    "foreign containers by other names": (
        {},
        replace(RUNNING, containers=(container("web", "0.0.0.0:80->80/tcp", ours=False),)),
        None,
    ),
    "archive with both images": ({}, BARE, archive(kestra="amd64", postgres="amd64")),
}


STACK = stack_of(Tools())


@pytest.mark.parametrize("case", ACCEPTED)
def test_host_is_accepted(case: str) -> None:
    given, survey, images = ACCEPTED[case]
    settings = Tools(**given)
    assert judge(settings, stack_of(settings), survey, images) == []


#: Setting or facts, then what must stand in what, where and fix of the one problem.
REFUSED: dict[str, tuple[dict[str, Any], HostSurvey, Archive | None, tuple[str, str, str]]] = {
    "no sudo": (
        {},
        replace(BARE, privilege="none", user="joe", cpus=0),
        None,
        (
            "joe is not root and may not use sudo without a password",
            "ssh_user",
            "echo 'joe ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/joe",
        ),
    ),
    "nothing answered": (
        {},
        HostSurvey(),
        None,
        ("the user is not root", "the host's user", "connect as root"),
    ),
    "old Debian": (
        {},
        replace(BARE, os_version="11", os_name="Debian GNU/Linux 11"),
        None,
        ("Debian GNU/Linux 11 is not supported", "/etc/os-release", "Debian 12 or newer"),
    ),
    "old Ubuntu": (
        {},
        replace(BARE, os_id="ubuntu", os_version="20.04", os_name="Ubuntu 20.04"),
        None,
        ("Ubuntu 20.04 is not supported", "/etc/os-release", "Ubuntu 22.04 or newer"),
    ),
    "another system": (
        {},
        replace(BARE, os_id="fedora", os_version="40", os_name="Fedora Linux 40"),
        None,
        ("Fedora Linux 40 is not supported", "/etc/os-release", "Debian 12"),
    ),
    "no os-release": (
        {},
        replace(BARE, os_id="", os_version="", os_name=""),
        None,
        ("an unknown system is not supported", "/etc/os-release", "Debian 12"),
    ),
    "tools": (
        {},
        replace(BARE, missing_tools=("setpriv", "ss")),
        None,
        ("missing on the host: setpriv, ss", "PATH", "apt-get install util-linux"),
    ),
    "CPUs": (
        {},
        replace(BARE, cpus=1),
        None,
        ("CPUs: 1, at least 2 wanted", "2 CPUs", "set min_cpus = 1"),
    ),
    "memory": (
        {},
        replace(BARE, memory_mb=2000),
        None,
        ("memory: 2000 MiB, at least 3600 MiB wanted", "4 GB", "set min_memory_mb = 2000"),
    ),
    "disk": (
        {},
        replace(BARE, disk_gb=20.4),
        None,
        ("disk: 20 GB, at least 30 GB wanted", "30 GB", "set min_disk_gb = 20"),
    ),
    "more wanted": (
        {"min_memory_mb": 16000},
        BARE,
        None,
        ("memory: 4100 MiB, at least 16000 MiB wanted", "", "set min_memory_mb = 4100"),
    ),
    "Debian 12's Docker would be too old": (
        {"docker_source": "distro", "compose_deb": "compose.deb"},
        BOOKWORM,
        None,
        (
            "Debian GNU/Linux 12 (bookworm) brings Docker Engine 20.10, older than 24.0",
            "docker_source = 'distro'",
            "set docker_source = 'docker', or docker_min_version = '20.10'",
        ),
    ),
    "Debian 12 has no compose v2": (
        {"docker_source": "distro", "docker_min_version": "20.10"},
        BOOKWORM,
        None,
        ("has no package of Docker's compose plugin", "docker_source = 'distro'", "compose_deb"),
    ),
    "a foreign container has our name": (
        {},
        replace(RUNNING, containers=(container("tools-kestra", ours=False, project=""),)),
        None,
        (
            "a container named tools-kestra exists and is not ours (some/image:1, Up 2 hours)",
            "docker ps -a",
            "docker rename tools-kestra tools-kestra-old, or set container_name",
        ),
    ),
    "another project of ours has the database's name": (
        {},
        replace(RUNNING, containers=(container("tools-kestra-postgres", project="other"),)),
        None,
        ("a container named tools-kestra-postgres", "", "set postgres_container_name"),
    ),
    "http_port taken": (
        {},
        replace(BARE, listeners=(listening(8080),)),
        None,
        ("port 8080 is taken by nginx (pid 7)", "127.0.0.1:8080", "set http_port"),
    ),
    "management_port taken": (
        {},
        replace(BARE, listeners=(listening(8081),)),
        None,
        ("port 8081 is taken by nginx (pid 7)", "127.0.0.1:8081", "set management_port"),
    ),
    "taken on every address": (
        {},
        replace(BARE, listeners=(listening(8080, "0.0.0.0"),)),
        None,
        ("port 8080 is taken", "0.0.0.0:8080", "set http_port"),
    ),
    "taken on every address, as ss writes it": (
        {},
        replace(BARE, listeners=(listening(8080, "*"),)),
        None,
        ("port 8080 is taken", "*:8080", "set http_port"),
    ),
    "taken on every IPv6 address": (
        {},
        replace(BARE, listeners=(listening(8080, "::"),)),
        None,
        ("port 8080 is taken", ":::8080", "set http_port"),
    ),
    "ours would bind every address": (
        {"bind_address": "0.0.0.0"},
        replace(BARE, listeners=(listening(8080, "10.0.0.5"),)),
        None,
        ("port 8080 is taken", "10.0.0.5:8080", "set http_port"),
    ),
    "the same IPv6 address in another spelling": (
        {"bind_address": "2001:db8:0:0::1"},
        replace(BARE, listeners=(listening(8080, "2001:db8::1"),)),
        None,
        ("port 8080 is taken", "2001:db8::1:8080", "set http_port"),
    ),
    "a Java program on IPv4 loopback, as ss writes it": (
        {},
        replace(BARE, listeners=(listening(8080, "::ffff:127.0.0.1", "java (pid 9)"),)),
        None,
        ("port 8080 is taken by java (pid 9)", ":8080", "set http_port"),
    ),
    "a foreign container holds the port": (
        {},
        replace(
            RUNNING,
            listeners=(listening(8080, "0.0.0.0", "docker-proxy (pid 3)"),),
            containers=(container("web", "0.0.0.0:8080->80/tcp", ours=False),),
        ),
        None,
        ("port 8080 is taken by container web", "0.0.0.0:8080", "set http_port"),
    ),
    "a foreign container holds a range of ports": (
        {},
        replace(
            RUNNING,
            listeners=(listening(8081, "0.0.0.0", "docker-proxy (pid 3)"),),
            containers=(container("web", "0.0.0.0:8079-8082->79-82/tcp", ours=False),),
        ),
        None,
        ("port 8081 is taken by container web", "0.0.0.0:8081", "set management_port"),
    ),
    "our container holds another port than the new one": (
        {"http_port": 9090},
        replace(
            RUNNING,
            listeners=(listening(8080), listening(8081), listening(9090)),
            containers=(OURS,),
        ),
        None,
        ("port 9090 is taken by nginx (pid 7)", "127.0.0.1:9090", "set http_port"),
    ),
    "image not in the archive": (
        {},
        BARE,
        archive(kestra="amd64", other="amd64"),
        (
            "postgres:17 is not in the archive, which holds kestra/kestra:v1.3.39, other:1",
            "image_archive /tmp/images.tar",
            "set postgres_image",
        ),
    ),
    "image for another machine": (
        {},
        replace(BARE, architecture="arm64"),
        archive(kestra="amd64", postgres="arm64"),
        (
            "kestra/kestra:v1.3.39 in the archive is built for amd64, the host is arm64",
            "image_archive /tmp/images.tar",
            "docker pull --platform linux/arm64 kestra/kestra:v1.3.39",
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_host_is_refused_with_reason_place_and_way_out(case: str) -> None:
    given, survey, images, (what, where, fix) = REFUSED[case]
    settings = Tools(**given)
    (problem,) = judge(settings, stack_of(settings), survey, images)
    assert what in problem.what
    assert where in problem.where
    assert fix in problem.fix


def test_all_reasons_come_at_once() -> None:
    survey = replace(
        BARE, os_id="fedora", cpus=1, memory_mb=1, disk_gb=1.0, listeners=(listening(8080),)
    )
    assert len(judge(Tools(), STACK, survey, archive())) == 7


def test_an_empty_archive_says_so() -> None:
    found = judge(Tools(), STACK, BARE, archive())
    assert [p.what.rpartition(" ")[2] for p in found] == ["tags", "tags"]


@pytest.mark.parametrize(
    ("ports", "published"),
    [
        ("", set()),
        ("8080/tcp", set()),
        ("0.0.0.0:80->8080/tcp, [::]:80->8080/tcp", {80}),
        (OUR_PORTS, {8080, 8081}),
        ("0.0.0.0:8080-8082->8080-8082/tcp", {8080, 8081, 8082}),
        ("0.0.0.0:8080-8081->8080-8081/tcp, :::9-10->9-10/tcp, 5432/tcp", {8080, 8081, 9, 10}),
    ],
)
def test_published_ports_as_docker_writes_them(ports: str, published: set[int]) -> None:
    assert container("any", ports).published == published


def test_room_for_the_archive() -> None:
    assert missing_room(5_000_000_000, Room("/data", 40.0, 10.5)) is None
    problem = missing_room(5_000_000_000, Room("/data", 40.0, 10.4))
    assert isinstance(problem, Problem)
    assert problem.what == "loading the images needs 10.5 GB, 10.4 GB are free"
    assert problem.where == "the filesystem of /data on the host"
    assert "docker system df" in problem.fix


UNFINISHED = replace(RUNNING, env_written="2025-01-02 03:04:05")


def test_unfinished_run_is_continued_and_said() -> None:
    assert earlier_run(STACK, UNFINISHED) == (
        "continuing an unfinished run: /opt/kestra/.env of 2025-01-02 03:04:05 "
        "is kept with its secrets"
    )


@pytest.mark.parametrize(
    "survey",
    [
        BARE,
        replace(UNFINISHED, containers=(OURS,)),
        replace(UNFINISHED, containers=(container("renamed"),)),
        replace(UNFINISHED, data_versions={"tools-kestra_postgres-data": "17"}),
        replace(UNFINISHED, docker=None),
    ],
    ids=["first run", "finished run", "renamed container", "removed containers", "Docker is down"],
)
def test_other_runs_say_nothing(survey: HostSurvey) -> None:
    assert earlier_run(STACK, survey) is None


@pytest.mark.parametrize(
    ("clock", "said"),
    [(1301, "5 minutes ahead of"), (699, "5 minutes behind"), (1300, None), (700, None), (0, None)],
)
def test_clock_that_is_far_off_is_said(clock: int, said: str | None) -> None:
    """0 is a host that told no time."""
    notice = clock_off(replace(BARE, clock=clock), now=1000.0)
    assert (said in notice) if notice and said else notice == said


@pytest.mark.parametrize(("built_for", "refused"), [("arm64", 1), ("amd64", 0), ("all", 0)])
def test_compose_plugin_for_another_machine(built_for: str, refused: int) -> None:
    deb = Deb(Path("/tmp/c.deb"), 1, "0" * 64, "docker-compose", "2.26.1-4", built_for)
    problems = judge(Tools(), STACK, BARE, None, deb)
    assert len(problems) == refused
    assert all("built for arm64, the host is amd64" in p.what for p in problems)
