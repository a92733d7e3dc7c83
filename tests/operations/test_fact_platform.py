"""What a host's kernel, mounts and services told, read as real hosts wrote it."""

import os
import subprocess
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from kestra_provision.facts.docker import INFO, info, limits
from kestra_provision.facts.network import Networks, NetworkSeen
from kestra_provision.facts.platform import (
    _MISSING_INIT,
    Mount,
    Platform,
    Route,
    platform,
    sections,
)
from kestra_provision.facts.script import first, split
from tests.operations.fact_commands import output, survey

TOLD = """@@docker
server 26.1.5+dfsg1
limits false false true
security ["name=seccomp,profile=builtin","name=userns"]
@@mounts
/opt/kestra|/opt ext4 rw,noexec,relatime rw 15793393
/etc/docker|/ overlay rw,relatime ro
/usr|/a\\x20b vfat rw rw
broken
@@flags
H
containerd
@@init
docker-init
@@masked
docker.socket
@@said
failed to start daemon: no
@@rejected
it has no key fooo
@@kernel
6.1.0-30-cloud-amd64
@@capabilities
0000003ffcdfefff
@@modules
overlay
@@left
@@container
lxc
@@dpkg
interrupted
@@routes
default via 172.17.0.1 dev eth0
172.19.0.0/16 dev br-8a60eb263e3b proto kernel scope link src 172.19.0.1 linkdown
10.8.0.0/24 via 10.8.0.2 dev tun0
10.8.0.2 dev tun0 proto kernel scope link src 10.8.0.1
@@rules
forwarding
@@forwards
0"""


def test_platform() -> None:
    assert platform(split(TOLD.splitlines())) == Platform(
        limits={"memory": False, "swap": False, "pids": True},
        security='["name=seccomp,profile=builtin","name=userns"]',
        mounts=(
            Mount("/opt/kestra", "/opt", "ext4", frozenset({"noexec"}), 15793393),
            Mount("/etc/docker", "/", "overlay", frozenset({"ro"})),
            Mount("/usr", "/a b", "vfat"),
        ),
        flags=frozenset({"H", "containerd"}),
        missing_init="docker-init",
        masked=("docker.socket",),
        said=("failed to start daemon: no",),
        rejected="it has no key fooo",
        kernel="6.1.0-30-cloud-amd64",
        missing_capabilities=("NET_ADMIN", "SYS_ADMIN"),
        missing_modules=("overlay",),
        container="lxc",
        dpkg_interrupted=True,
        routes=(
            Route(IPv4Network("172.19.0.0/16"), "br-8a60eb263e3b"),
            Route(IPv4Network("10.8.0.0/24"), "tun0", on_link=False),
            Route(IPv4Network("10.8.0.2"), "tun0"),
        ),
        forwards=False,
        lost_rules=("forwarding",),
    )


def test_a_silent_daemon_withholds_nothing_and_lost_no_rules() -> None:
    """Some releases fill in the form without an answer; its rules are not there by right."""
    told = [
        "@@docker",
        "server ",
        "limits false false false",
        "security null",
        "@@rules",
        "forwarding",
    ]
    seen = platform(split(told))
    assert (seen.limits, seen.security, seen.lost_rules) == ({}, "", ())


def test_this_machine_tells_of_its_mounts(tmp_path: Path) -> None:
    """Also of what is not there yet: its nearest parent counts."""
    seen = platform(split(output(survey(str(tmp_path / "not" / "there")))))
    mount = seen.mount_of(str(tmp_path / "not" / "there"))
    assert mount
    assert str(tmp_path).startswith(mount.target)
    assert "ro" not in mount.options
    assert seen.kernel == os.uname().release


@pytest.mark.parametrize(
    ("lines", "can"),
    [
        (["server 26", "limits true true true"], (True, True, True)),
        (["server 26", "limits false false true"], (False, False, True)),
        (["server ", "limits false false false"], ()),
        (["server 26"], ()),
        ([], ()),
    ],
)
def test_limits(lines: list[str], can: tuple[bool, ...]) -> None:
    assert limits(info(lines)) == dict(zip(("memory", "swap", "pids"), can, strict=False))


@pytest.mark.parametrize(
    ("output", "seen"),
    [
        ([], {}),
        (["@@networks"], {}),
        (["@@networks", "a bridge false false false "], {"a": NetworkSeen("bridge")}),
        (
            ["@@networks", "a overlay true false true x"],
            {"a": NetworkSeen("overlay", True, project="x", ours=True)},
        ),
        (["@@networks", "a bridge false true false"], {"a": NetworkSeen("bridge", internal=True)}),
    ],
)
def test_networks(output: list[str], seen: dict[str, NetworkSeen]) -> None:
    assert Networks().process(output) == seen


def test_info_asks_for_what_the_kernel_limits() -> None:
    assert "{{.MemoryLimit}} {{.SwapLimit}} {{.PidsLimit}}" in INFO.text


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ("server 26\ninit sh", ""),
        ("server 26\ninit /bin/sh", ""),
        ("server 26\ninit no-init", "no-init\n"),
        ("server 26\ninit /nowhere/tini", "/nowhere/tini\n"),
        ("server 26\ninit ", ""),
        ("", ""),
    ],
)
def test_init_program_that_docker_does_not_have(told: str, missing: str) -> None:
    script = f"once() {{ printf '%s\\n' '{told}'; }}\n{_MISSING_INIT}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == missing


@pytest.mark.parametrize(
    ("kernels", "running", "left"),
    [(["6.1.0-1"], "6.1.0-1", ""), (["6.1.0-2"], "6.1.0-1", "yes"), ([], "6.1.0-1", "")],
    ids=["there", "another kernel's", "none"],
)
def test_modules_of_the_running_kernel(
    tmp_path: Path, kernels: list[str], running: str, left: str
) -> None:
    """Where there are none at all the host is a container, or its kernel needs none."""
    modules = tmp_path / "modules"
    modules.mkdir()
    for kernel in kernels:
        (modules / kernel).mkdir()
    text = next(part for part in sections("/opt/kestra") if "@@left" in part)
    done = subprocess.run(
        ["sh", "-c", text.replace("/lib/modules", str(modules)).replace("$(uname -r)", running)],
        capture_output=True,
        text=True,
    )
    assert first(split(done.stdout.splitlines())["left"]) == left
