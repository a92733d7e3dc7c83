"""Stage preflight: the host is one on which Kestra can live."""

import pytest
from packaging.version import Version
from testinfra.host import Host

from tests.machine.conftest import option

SUPPORTED = {"debian": "12", "ubuntu": "22.04"}
#: Size and free bytes where a path is, or will be.
DISK = "p=%s; until [ -e $p/ ]; do p=${p%%/*}; done; df -PB1 ${p:-/} | awk 'NR == 2 {print $2, $4}'"
#: A filesystem this full stops PostgreSQL soon.
FREE_GB = 2


def test_system_is_supported(host: Host) -> None:
    system = host.system_info
    oldest = SUPPORTED.get(system.distribution)
    assert oldest is not None, f"{system.distribution} is not supported"
    assert Version(system.release) >= Version(oldest)


@pytest.mark.parametrize("tool", ["bash", "setpriv", "ss", "stat", "base64", "sha256sum"])
def test_tool_is_there(host: Host, tool: str) -> None:
    assert host.exists(tool)


def test_cpus(host: Host, pytestconfig: pytest.Config) -> None:
    assert int(host.check_output("nproc")) >= int(option(pytestconfig, "--min-cpus"))


def test_memory(host: Host, pytestconfig: pytest.Config) -> None:
    kilobytes = int(
        host.check_output("sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo")
    )
    assert kilobytes // 1024 >= int(option(pytestconfig, "--min-memory-mb"))


@pytest.mark.parametrize("of", ["Docker's data", "the root directory"])
def test_disk(host: Host, pytestconfig: pytest.Config, of: str) -> None:
    docker = host.run("docker info --format '{{.DockerRootDir}}'").stdout.strip()
    path = (docker or "/var/lib") if of == "Docker's data" else option(pytestconfig, "--root-dir")
    size, free = host.check_output(DISK, path).split()
    assert round(int(size) / 1e9) >= int(option(pytestconfig, "--min-disk-gb")), path
    assert int(free) / 1e9 >= FREE_GB, f"{path} is nearly full"
