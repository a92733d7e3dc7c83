"""Where script tasks run: what Kestra is told, and what its user gets at."""

import pytest
from testinfra.host import Host

from tests.machine.stack import Stack

RUNNERS = {
    "process": "io.kestra.plugin.core.runner.Process",
    "host-docker": "io.kestra.plugin.scripts.runner.docker.Docker",
}
SOCKET = "/var/run/docker.sock"


def test_kestra_is_told_where(host: Host, stack: Stack, script_tasks: str) -> None:
    """Of its file, which holds secrets, nothing but the answer leaves the host."""
    told = "docker exec %s sed -n 's/^ *taskRunner: {type: \\(.*\\)}$/\\1/p' %s"
    found = host.check_output(told, stack.kestra.name, "/etc/kestra/application.yaml")
    assert {*found.split()} == {RUNNERS[script_tasks]}


def test_a_task_has_a_shell_and_a_folder(host: Host, stack: Stack, script_tasks: str) -> None:
    if script_tasks != "process":
        pytest.skip("its image is another one than Kestra's")
    assert host.run("docker exec %s sh -c 'test -w /tmp'", stack.kestra.name).rc == 0


def test_kestras_user_is_in_the_sockets_group(host: Host, stack: Stack, script_tasks: str) -> None:
    told = host.check_output("cat /proc/%s/status", str(stack.kestra.state["Pid"]))
    groups = next(line for line in told.splitlines() if line.startswith("Groups:")).split()[1:]
    socket = host.check_output("stat -L -c %%g %s", SOCKET)
    assert (socket in groups) == (script_tasks == "host-docker")


def test_kestras_user_may_ask_docker(host: Host, stack: Stack, script_tasks: str) -> None:
    asked = host.run("docker exec %s test -w %s", stack.kestra.name, SOCKET)
    assert (asked.rc == 0) == (script_tasks == "host-docker")
