"""Options and fixtures: which host is verified, how it is reached, what runs on it."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from testinfra.backend.ssh import SshBackend
from testinfra.host import Host

from tests.machine.stack import PORTS, SERVICES, Stack

HERE = Path(__file__).parent
USAGE = (
    "the machine tests verify a host: pytest tests/machine --hosts=ssh://root@HOST"
    " [--ssh-identity-file=KEY] [--sudo]"
)
#: Option, default, what it says. All numbers in decimal units.
OPTIONS = (
    ("--root-dir", "/opt/kestra", "where everything lies on the host"),
    ("--bind-address", "127.0.0.1", "address on which UI and API are expected"),
    ("--n8n-bind-address", "127.0.0.1", "address on which n8n is expected"),
    ("--sidecar-bind-address", "127.0.0.1", "address on which the sidecar is expected"),
    ("--script-tasks", "process", "where script tasks are expected to run"),
    ("--docker-min-version", "24.0", "oldest Docker Engine accepted"),
    ("--min-cpus", "2", "fewest CPUs accepted"),
    ("--min-memory-mb", "3600", "least memory accepted, in MiB"),
    ("--min-disk-gb", "30", "smallest disk accepted"),
)
#: Which of them says where a port is, by its name in `.env`; another one is on loopback.
ADDRESSES = {
    "KESTRA_HTTP_PORT": "--bind-address",
    "N8N_PORT": "--n8n-bind-address",
    "SIDECAR_PORT": "--sidecar-bind-address",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The defaults are those of the settings."""
    group = parser.getgroup("kestra-provision", "verify a provisioned host")
    for name, default, meaning in OPTIONS:
        group.addoption(name, default=default, help=f"{meaning} (default: {default})")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--hosts` testinfra would test the machine it runs on: never by accident."""
    if config.getoption("hosts"):
        return
    ours = [item for item in items if HERE in item.path.parents]
    if ours and len(ours) == len(items):
        raise pytest.UsageError(USAGE)
    for item in ours:
        item.add_marker(pytest.mark.skip(reason=USAGE))


@pytest.fixture(scope="session")
def sockets() -> Iterator[str]:
    """A folder for ssh's sockets, with a short name: a socket's path has about 100 characters."""
    with tempfile.TemporaryDirectory(prefix="kp-") as folder:
        yield folder


@pytest.fixture(scope="module")
def host(host: Host, sockets: str, pytestconfig: pytest.Config) -> Host:
    """testinfra's host over one ssh connection, as root, without a log of what it answered."""
    # At -vv every answer would be logged, and shown with a failed test.
    logging.getLogger("testinfra").setLevel(logging.WARNING)
    if isinstance(host.backend, SshBackend):
        # Some releases of testinfra know the option and do not hand it on.
        host.backend.ssh_extra_args = pytestconfig.getoption("ssh_extra_args")
        host.backend.controlpath = f"{sockets}/{id(host.backend):x}"
        host.backend.controlpersist = 10
    if why := _unusable(host):
        pytest.fail(why, pytrace=False)
    return host


@pytest.fixture(scope="module")
def stack(host: Host, pytestconfig: pytest.Config) -> Stack:
    """What the host itself says about its stack; what is missing fails where it is asked for."""
    declared = {name: option(pytestconfig, each) for name, each in ADDRESSES.items()}
    addresses = {name: declared.get(name, "127.0.0.1") for name in PORTS}
    return Stack.read(host, option(pytestconfig, "--root-dir"), addresses)


@pytest.fixture(scope="module")
def env(stack: Stack) -> str:
    """Path of the one home of the secrets."""
    return f"{stack.root}/.env"


@pytest.fixture(scope="module")
def script_tasks(pytestconfig: pytest.Config) -> str:
    """Where they are expected to run."""
    return option(pytestconfig, "--script-tasks")


@pytest.fixture(params=SERVICES)
def service(stack: Stack, request: pytest.FixtureRequest) -> str:
    """Each service that this host declares."""
    stack.need(request.param)
    return str(request.param)


def option(config: pytest.Config, name: str) -> str:
    """Its value, also where this file was loaded too late to declare options (`pytest tests`)."""
    defaults = {known: default for known, default, _ in OPTIONS}
    return str(config.getoption(name, defaults[name]))


def _unusable(host: Host) -> str | None:
    try:
        user = host.run("id -u").stdout.strip()
    except RuntimeError as problem:
        said = getattr(problem.args[0], "stderr", "") if problem.args else ""
        return f"no connection: {said.strip() or problem}"
    return None if user == "0" else "not root on the host: connect as root or pass --sudo"
