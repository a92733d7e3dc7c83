"""The way out of a container, its MTU and the watch's age, told by fake commands."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from kestra_provision.facts.docker import SAYS
from kestra_provision.facts.outside import Outside, outside, sections
from kestra_provision.facts.script import script, split

TARGET = "example.com:443"


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ([], Outside()),
        (
            ["@@out", "named", "connected", "asked", "@@mtu", "1450 1500", "@@watched", "61"],
            Outside(True, True, True, mtu=1500, host_mtu=1450, watch_age=61),
        ),
        (["@@out", "named", "asked"], Outside(asked=True, named=True)),
        (
            ["@@out", "@@addresses", "A_URL refused", "B_URL connected", "", "Error: no such"],
            Outside(addresses={"A_URL": "refused", "B_URL": "connected"}),
        ),
        # A host without a default route, a container that does not run.
        (["@@out", "@@mtu", " ", "@@watched", ""], Outside()),
        (["@@mtu", "1500 "], Outside()),
    ],
)
def test_read(told: list[str], seen: Outside) -> None:
    assert outside(split(told)) == seen


#: It runs what is asked of the container here, where `getent` and the network are the test's.
DOCKER = """#!/bin/sh
case $1 in
    inspect) echo 42 ;;
    exec) shift 2; exec "$@" ;;
esac
"""
LINKS = """1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN
5: eth0@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue state UP
7: eth1@if8: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
"""


#: Time passes at once for one address, and another one has no route.
SLOW = """#!/bin/sh
shift
case "$1 $*" in
    bash*192.0.2.1*) exit 124 ;;
    bash*192.0.2.2*) echo 'connect: Network is unreachable' && exit 1 ;;
esac
exec "$@"
"""


class Host:
    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        self.program("docker", DOCKER)
        self.program("nsenter", f"#!/bin/sh\ncat <<END\n{LINKS}END\n")
        self.program("ip", "#!/bin/sh\necho default via 192.0.2.1 dev lo proto dhcp\n")
        self.program("getent", "#!/bin/sh\nexit 2\n")

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def ask(self, target: str = "", **addresses: tuple[str, int]) -> Outside:
        lock = str(self.folder / "tools-kestra.lock")
        parts = sections("tools-kestra", lock, target, addresses)
        text = script(*parts, asks=(SAYS,))
        done = subprocess.run(
            ["sh", "-c", text],
            env={**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return outside(split(done.stdout.splitlines()))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_nothing_is_asked_without_a_target(host: Host) -> None:
    host.program("docker", f"#!/bin/sh\necho $1 >> {host.folder}/called\n")
    host.ask()
    assert "exec" not in (host.folder / "called").read_text()


def test_biggest_packets_of_the_container_and_those_of_the_way_out(host: Host) -> None:
    seen = host.ask()
    assert seen.mtu == 1500
    assert seen.host_mtu == int(Path("/sys/class/net/lo/mtu").read_text())


@pytest.mark.parametrize(("target", "named"), [(TARGET, False), ("127.0.0.1:1", True)])
def test_no_way_out(host: Host, target: str, named: bool) -> None:
    """An address needs nobody who knows names."""
    host.program("bash", '#!/bin/sh\ncase $* in "-c exec"*) exit 1 ;; esac\nexec /bin/bash "$@"\n')
    seen = host.ask(target)
    assert (seen.asked, seen.named, seen.connected) == (True, named, False)


def test_way_out(host: Host) -> None:
    host.program("getent", "#!/bin/sh\necho 192.0.2.7 $2\n")
    host.program("bash", '#!/bin/sh\ncase $* in "-c exec"*) exit 0 ;; esac\nexec /bin/bash "$@"\n')
    seen = host.ask(TARGET)
    assert (seen.asked, seen.named, seen.connected) == (True, True, True)


def test_watch_that_looked_now_is_young(host: Host) -> None:
    """And one that never did is as old as the boot, or as its own timer."""
    never = host.ask().watch_age
    memory = host.folder / "tools-kestra.watch"
    memory.touch()
    looked = host.ask().watch_age
    assert never is not None
    assert looked is not None
    assert looked <= never
    os.utime(memory, (1, 1))
    again = host.ask().watch_age
    assert again is not None
    assert again >= never - 1, "seconds of the two clocks do not begin together"


def test_each_address_is_told_apart(host: Host) -> None:
    host.program("getent", "#!/bin/sh\n[ $2 != unknown.example ] || exit 2\necho 127.0.0.1\n")
    host.program("timeout", SLOW)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = host.ask(
            HERE_URL=("127.0.0.1", port),
            NAMED_URL=("localhost", port),
            REFUSED_URL=("127.0.0.1", 1),
            UNKNOWN_URL=("unknown.example", 80),
            SILENT_URL=("192.0.2.1", 80),
            NO_WAY_URL=("192.0.2.2", 80),
        )
    assert seen.addresses == {
        "HERE_URL": "connected",
        "NAMED_URL": "connected",
        "REFUSED_URL": "refused",
        "UNKNOWN_URL": "unnamed",
        "SILENT_URL": "silent",
        "NO_WAY_URL": "unreachable",
    }


def test_an_image_that_tells_no_names_still_connects(host: Host) -> None:
    host.program("getent", "#!/bin/sh\nexit 127\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen = host.ask(A_URL=("localhost", server.getsockname()[1]))
    assert seen.addresses == {"A_URL": "connected"}


@pytest.mark.parametrize("trouble", ["No such container: tools-kestra", 'exec: "bash": not found'])
def test_a_container_that_cannot_be_asked_tells_nothing(host: Host, trouble: str) -> None:
    host.program("docker", f"#!/bin/sh\necho 'Error: {trouble}' >&2; exit 1\n")
    assert host.ask(A_URL=("127.0.0.1", 1)).addresses == {}
