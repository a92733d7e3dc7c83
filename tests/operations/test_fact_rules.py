"""Docker's rules in the firewall and the flags it is started with, told by fake commands."""

import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.facts.docker import DOCKERD_FLAGS, REJECTED
from kestra_provision.facts.rules import LOST_RULES
from kestra_provision.facts.script import Once, functions


class Commands:
    """A PATH with commands that print what a real one printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.says("id", "0")

    def says(self, name: str, text: str, code: int = 0) -> None:
        (self.folder / f"{name}.txt").write_text(text)
        script = self.folder / name
        script.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.folder}/called\n')
        with script.open("a") as more:
            more.write(f"cat {self.folder}/{name}.txt\nexit {code}\n")
        script.chmod(0o755)

    def ask(self, one: Once) -> list[str]:
        path = f"{self.folder}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", f"{functions(one)}{one.ask}"],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
        )
        assert done.returncode in (0, 1)
        return done.stdout.splitlines()


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


UNIT = (
    "{{ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd {} ; ignore_errors=no ; "
    "start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }}\n"
)


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ("-H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS", "H containerd"),
        ("--live-restore --log-driver journald", "live-restore log-driver"),
        ("--config-file /srv/d.json -D", "D config-file=/srv/d.json"),
        ("--config-file=/srv/d.json --dns=192.0.2.1", "config-file=/srv/d.json dns"),
    ],
)
def test_flags_of_dockerd(commands: Commands, arguments: str, flags: str) -> None:
    commands.says("systemctl", UNIT.format(arguments))
    # A daemon that runs on this machine tells its own as well.
    assert set(flags.split()) <= set(commands.ask(DOCKERD_FLAGS))


COMPLAINT = (
    "time=now level=info\nunable to configure the Docker daemon with file {}: its proxy "
    "http://user:secret@proxy:1 is none\n"
)


@pytest.mark.parametrize(
    ("file", "read", "said", "code", "told"),
    [
        ("{}", False, COMPLAINT, 1, True),
        ("{}", False, "configuration OK\n", 0, False),
        ("{}", False, "unknown flag: --validate\nSee 'dockerd --help'.\n", 125, False),
        ("{}", True, COMPLAINT, 1, False),
        ("", False, COMPLAINT, 1, False),
        (None, False, COMPLAINT, 1, False),
    ],
)
def test_file_that_dockerd_would_not_start_with(
    commands: Commands, file: str | None, read: bool, said: str, code: int, told: bool
) -> None:
    """The one that runs with it is not asked, nor is any about a file that is not there."""
    path, pid = commands.folder / "daemon.json", commands.folder / "docker.pid"
    if file is not None:
        path.write_text(file)
    if read:
        pid.write_text("1")
        os.utime(pid, (2**32, 2**32))
    commands.says("dockerd", said.format(path), code)
    asked = REJECTED.replace(DAEMON_JSON, str(path)).replace("/run/docker.pid", str(pid))
    answer = commands.ask(Once("rejected", asked))
    wanted = (
        f"unable to configure the Docker daemon with file {path}: its proxy http://proxy:1 is none"
    )
    assert answer == ([wanted] if told else [])


RULES = """*filter
:FORWARD ACCEPT [0:0]
:DOCKER - [0:0]
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o br-a8aa93125227 -j DOCKER
COMMIT
*nat
:PREROUTING ACCEPT [2:120]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.20.0.0/16 ! -o br-a8aa93125227 -j MASQUERADE
COMMIT
"""
ROUTES = """default via 172.17.0.1 dev eth0
172.18.0.0/16 dev docker0 proto kernel scope link src 172.18.0.1 linkdown
172.20.0.0/16 dev br-a8aa93125227 proto kernel scope link src 172.20.0.1
"""
#: As Docker 28 writes them.
NEWER = RULES.replace("-j DOCKER-ISOLATION-STAGE-1", "-j DOCKER-USER").replace(
    "-A FORWARD -o br-a8aa93125227 -j DOCKER", "-A FORWARD -j DOCKER-FORWARD"
)


def without(*parts: str) -> str:
    return "".join(
        f"{line}\n" for line in RULES.splitlines() if not any(part in line for part in parts)
    )


def rules_of(
    commands: Commands, rules: str, network: str = "false {}", code: int = 0, ip: str = ROUTES
) -> set[str]:
    commands.says("iptables-save", rules, code)
    commands.says("nft", "", 1)
    commands.says("ip", ip)
    commands.says("docker", network)
    found = set(commands.ask(LOST_RULES))
    return found - {"net.ipv4.ip_forward"}


@pytest.mark.parametrize("rules", [RULES, NEWER], ids=["26", "28"])
def test_rules_that_are_there(commands: Commands, rules: str) -> None:
    assert rules_of(commands, rules) == set()
    # Each call costs the host.
    assert "docker network" not in (commands.folder / "called").read_text()


MASQUERADING = "masquerading of 172.20.0.0/16"


@pytest.mark.parametrize(
    ("rules", "lost"),
    [
        ("", {"published ports", "forwarding", MASQUERADING}),
        (without("PREROUTING", "POSTROUTING"), {"published ports", MASQUERADING}),
        (without("-A FORWARD"), {"forwarding"}),
        (without("POSTROUTING"), {MASQUERADING}),
        (without("-A PREROUTING"), {"published ports"}),
    ],
    ids=["nft flush ruleset", "iptables -t nat -F", "iptables -F", "one rule", "another"],
)
def test_rules_that_are_gone(commands: Commands, rules: str, lost: set[str]) -> None:
    assert rules_of(commands, rules) == lost


@pytest.mark.parametrize(
    "network",
    [
        "true {}",
        'false {"com.docker.network.bridge.enable_ip_masquerade":"false"}',
        'false {"com.docker.network.bridge.gateway_mode_ipv4":"routed"}',
        "",
    ],
)
def test_networks_that_want_no_masquerading(commands: Commands, network: str) -> None:
    assert rules_of(commands, without("POSTROUTING"), network) == set()


#: Its routes go when it is down, and when its address is gone.
DOWN = f"{ROUTES}docker0 DOWN 02:42:9d:a3:66:49 <UP>\nbr-9b79 DOWN 02:42:87:05:04:62 <MULTICAST>\n"


@pytest.mark.parametrize(
    ("network", "lost"),
    [
        ("{} 172.19.0.0/16", True),
        ('{"a":"b"} fd00::/64 10.0.0.0/24', True),
        ("{} fd00::/64", False),
        ('{"com.docker.network.bridge.inhibit_ipv4":"true"} 172.19.0.0/16', False),
        ("", False),
    ],
    ids=["its subnet", "the second", "IPv6 alone", "wants none", "not Docker's"],
)
def test_bridge_that_lost_its_address(commands: Commands, network: str, lost: bool) -> None:
    found = rules_of(commands, RULES, network, ip=DOWN)
    assert found == ({"address of br-9b79"} if lost else set())
    back = f"{DOWN}172.19.0.0/16 dev br-9b79 proto kernel scope link src 172.19.0.1\n"
    assert rules_of(commands, RULES, network, ip=back) - {"masquerading of 172.19.0.0/16"} == set()


PORT = (
    "-A DOCKER -d 127.0.0.1/32 ! -i br-1 -p tcp -m tcp --dport 8080 -j DNAT --to 172.20.0.3:8080\n"
)


@pytest.mark.parametrize(
    ("told", "more", "lost"),
    [
        ('{"userland-proxy": false}', "", {"published port 8080"}),
        ('{"userland-proxy": false}', PORT, set()),
        ('{"userland-proxy": true}', "", set()),
        ("dockerd\0--userland-proxy=false\0", "", {"published port 8080"}),
    ],
)
def test_port_that_nothing_stands_in_for(
    commands: Commands, tmp_path: Path, told: str, more: str, lost: set[str]
) -> None:
    """`iptables -t nat -F DOCKER`: nobody reaches Kestra, and no restart of it helps."""
    (tmp_path / "told").write_text(told)
    rules_of(commands, RULES + more, "127.0.0.1 8080\n:: 9\n\n")
    text = LOST_RULES.text.replace(DAEMON_JSON, str(tmp_path / "told"))
    assert {*commands.ask(Once("lost_rules", text))} - {"net.ipv4.ip_forward"} == lost


@pytest.mark.parametrize(
    "told",
    ['{"iptables": false}', '{ "debug": true,\n"iptables":false }', "dockerd\0--iptables=false\0"],
)
def test_docker_that_is_to_make_none(commands: Commands, tmp_path: Path, told: str) -> None:
    (tmp_path / "told").write_text(told)
    rules_of(commands, "")
    text = LOST_RULES.text.replace(DAEMON_JSON, str(tmp_path / "told"))
    assert commands.ask(Once("lost_rules", text)) == []
    assert commands.ask(Once("lost_rules", text.replace("/told", "/another"))) != []


def test_nobody_can_tell(commands: Commands) -> None:
    assert rules_of(commands, "", code=1) == set()
    commands.says("id", "1000")
    assert rules_of(commands, "") == set()


def test_rules_in_a_table_of_nft(commands: Commands) -> None:
    rules_of(commands, "")
    commands.says("nft", "table ip docker-bridges {}")
    assert commands.ask(LOST_RULES) == []
