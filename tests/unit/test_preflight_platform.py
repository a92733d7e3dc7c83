"""What a kernel, a mount or a daemon cannot do: refused by name, or said once."""

from dataclasses import replace
from typing import Any

import pytest

from kestra_provision.facts.platform import Mount, Platform
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.judge import judge
from kestra_provision.preflight.platform import judge_platform, withheld
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Problem
from tests.unit.preflight_hosts import BARE, RUNNING, STACK

ROOT = STACK.root
FLAGS = frozenset({"H", "containerd"})


def on(survey: HostSurvey, **seen: Any) -> HostSurvey:
    """The host with this of its platform otherwise."""
    return replace(survey, platform=replace(survey.platform, **seen))


def mounted(kind: str = "ext4", *options: str, folder: str = ROOT, inodes: int = 10**6) -> Any:
    return on(RUNNING, mounts=(Mount(folder, "/opt", kind, frozenset(options), inodes),))


def configured(survey: HostSurvey = RUNNING, flags: frozenset[str] = FLAGS, **daemon: Any) -> Any:
    """The host with this in daemon.json, as its keys would be with `_` for `-`."""
    found = {key.replace("_", "-"): value for key, value in daemon.items()}
    return on(replace(survey, daemon=found), flags=flags)


def problems(survey: HostSurvey) -> list[Problem]:
    return list(judge_platform(ROOT, survey))


REFUSED = {
    "noexec": (mounted("ext4", "noexec"), "noexec", "remount,exec /opt"),
    "read-only": (mounted("ext4", "ro"), "read-only file system", "remount,rw /opt"),
    "read-only /usr": (mounted("erofs", "ro", folder="/usr"), "/usr is on a read-only", "rw"),
    "vfat": (mounted("vfat"), "keeps no owner and no mode", "ext4"),
    "a share of Windows": (mounted("cifs"), "on cifs, which keeps no owner", "ext4"),
    "inodes": (mounted(inodes=12), "12 free inodes", "du --inodes"),
    "userns-remap": (configured(userns_remap="default"), "userns-remap = default", "take"),
    "userns as a flag": (
        on(RUNNING, security='["name=seccomp,profile=builtin","name=userns"]'),
        "maps the users of containers",
        "take userns-remap out",
    ),
    "no init": (on(RUNNING, missing_init="docker-init"), "has no docker-init", "install tini"),
    "rootless": (on(RUNNING, security='["name=rootless"]'), "a rootless one", "ls -l"),
    "hosts twice": (configured(hosts=["fd://"]), "hosts in /etc/docker/daemon.json", "ExecStart="),
    "hosts before Docker is there": (
        configured(BARE, frozenset(), hosts=["unix:///var/run/docker.sock"]),
        "is started with it as a flag",
        "take hosts out",
    ),
    "log-driver twice": (
        configured(flags=FLAGS | {"log-driver"}, log_driver="journald"),
        "log-driver in /etc/docker/daemon.json",
        "take log-driver out",
    ),
    "a list twice": (
        configured(flags=FLAGS | {"insecure-registry"}, insecure_registries=["r:5000"]),
        "insecure-registries in",
        "take insecure-registries out",
    ),
    "another file": (
        configured(flags=FLAGS | {"config-file=/srv/docker.json"}),
        "dockerd reads /srv/docker.json",
        "move what it says",
    ),
    "no socket": (
        configured(flags=frozenset(), hosts=["tcp://127.0.0.1:2375"]),
        "does not listen on /var/run/docker.sock",
        "unix:///var/run/docker.sock",
    ),
    "masked": (on(RUNNING, masked=("docker.service",)), "docker.service is masked", "unmask"),
    "masked socket": (
        on(BARE, masked=("docker.socket", "containerd.service")),
        "are masked",
        "systemctl unmask docker.socket containerd.service",
    ),
    "masked socket of a daemon that needs it": (
        on(RUNNING, masked=("docker.socket",), flags=FLAGS),
        "docker.socket is masked",
        "systemctl unmask docker.socket",
    ),
    "unprivileged LXC": (
        on(BARE, missing_capabilities=("NET_ADMIN", "SYS_ADMIN"), container="lxc"),
        "CAP_NET_ADMIN and CAP_SYS_ADMIN missing (it is a container itself: lxc)",
        "security.nesting",
    ),
    "OpenVZ": (on(BARE, kernel="3.10.0-1160.el7", container="openvz"), "older than 4.0", "kernel"),
    "no overlay": (on(BARE, kernel="6.1.0", missing_modules=("overlay",)), "no overlay", "reboot"),
    "modules gone": (on(BARE, kernel="6.1.0", left_modules=True), "modules of the run", "reboot"),
    "dpkg": (on(BARE, dpkg_interrupted=True), "dpkg was interrupted", "dpkg --configure -a"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    survey, what, fix = REFUSED[name]
    (problem,) = problems(survey)
    assert what in problem.what
    assert fix in problem.fix
    assert problem.where
    assert problem in judge(Tools(), STACK, survey, None)


ACCEPTED = {
    "bare": BARE,
    "running": RUNNING,
    "ordinary": mounted(),
    "noexec elsewhere": mounted("tmpfs", "noexec", folder="/usr"),
    "no inodes to count": on(RUNNING, mounts=(Mount(ROOT, "/", "btrfs"),)),
    "ours": configured(live_restore=True, log_driver="json-file", log_opts={"max-size": "10m"}),
    "hosts alone": configured(
        flags=frozenset({"containerd"}), hosts=["tcp://127.0.0.1:2375", "unix:///run/docker.sock"]
    ),
    "hosts and a unit of one's own": configured(
        BARE, frozenset({"own-unit"}), hosts=["unix:///var/run/docker.sock"]
    ),
    "hosts without systemd": configured(
        replace(BARE, systemd=False), frozenset(), hosts=["unix:///var/run/docker.sock"]
    ),
    "the usual file": configured(flags=FLAGS | {"config-file=/etc/docker/daemon.json"}),
    "socket that nobody needs": on(
        RUNNING, masked=("docker.socket", "containerd.service"), flags=FLAGS | {"own-unit"}
    ),
    "seccomp": on(RUNNING, security='["name=seccomp,profile=builtin","name=cgroupns"]'),
    # It answers, so it has what it needs.
    "a container with Docker in it": on(
        RUNNING, missing_capabilities=("SYS_ADMIN",), missing_modules=("veth",), container="docker"
    ),
    "dpkg beside a Docker that is there": on(RUNNING, dpkg_interrupted=True),
    "modules that nobody can see": on(BARE, left_modules=True, container="lxc"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    assert problems(ACCEPTED[name]) == []


def test_each_file_system_is_named_once() -> None:
    both = tuple(Mount(folder, "/", "ext4", frozenset({"ro"})) for folder in (ROOT, "/etc/docker"))
    assert len(problems(on(RUNNING, mounts=both))) == 1


WITHHELD = {
    "memory": (
        on(RUNNING, limits={"memory": False, "swap": False, "pids": True}),
        "kernel's limits of memory and swap",
    ),
    "swap alone": (
        on(RUNNING, limits={"memory": True, "swap": False, "pids": True}),
        "kernel's limits of swap",
    ),
    "pids": (
        on(RUNNING, limits={"memory": True, "swap": True, "pids": False}),
        "kernel's limits of pids",
    ),
    "iptables": (replace(RUNNING, daemon={"iptables": False}), "iptables"),
    "ip-forward": (
        on(replace(RUNNING, daemon={"ip-forward": False}), forwards=False),
        "ip-forward",
    ),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_what_is_withheld_is_said_and_not_refused(name: str) -> None:
    survey, what = WITHHELD[name]
    (said,) = withheld(survey)
    assert what in said.what
    assert said.severity == "notice"
    assert said.fix
    assert problems(survey) == []


def test_nothing_is_withheld_by_an_ordinary_host() -> None:
    ordinary = on(RUNNING, limits={"memory": True, "swap": True, "pids": True}, forwards=True)
    for survey in (BARE, RUNNING, ordinary, replace(RUNNING, daemon={"ip-forward": False})):
        assert list(withheld(survey)) == []


def test_platform_of_a_host_that_told_nothing_refuses_nothing() -> None:
    assert problems(replace(RUNNING, platform=Platform())) == []
