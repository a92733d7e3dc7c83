"""Where script tasks run: what Kestra is told, and what its user gets at."""

from testinfra.host import Host

from tests.machine.stack import Stack

RUNNERS = {
    "process": "io.kestra.plugin.core.runner.Process",
    "docker": "io.kestra.plugin.scripts.runner.docker.Docker",
    "host-docker": "io.kestra.plugin.scripts.runner.docker.Docker",
}
SOCKET = "/var/run/docker.sock"


def test_kestra_is_told_where(host: Host, stack: Stack, script_tasks: str) -> None:
    """Of its file, which holds secrets, nothing but the answer leaves the host."""
    told = "docker exec %s sed -n 's/^ *taskRunner: {type: \\(.*\\)}$/\\1/p' %s"
    found = host.check_output(told, stack.kestra.name, "/etc/kestra/application.yaml")
    assert {*found.split()} == {RUNNERS[script_tasks]}


def test_kestra_has_a_shell_and_room_for_tasks(host: Host, stack: Stack) -> None:
    """Wherever they run: it makes their folders, and starts them itself where a flow says so."""
    assert host.run("docker exec %s sh -c 'test -w /tmp'", stack.kestra.name).rc == 0


def test_kestras_user_is_in_the_sockets_group(host: Host, stack: Stack, script_tasks: str) -> None:
    told = host.check_output("cat /proc/%s/status", str(stack.kestra.state["Pid"]))
    groups = next(line for line in told.splitlines() if line.startswith("Groups:")).split()[1:]
    socket = host.check_output("stat -L -c %%g %s", SOCKET)
    assert (socket in groups) == (script_tasks == "host-docker")


def test_kestras_user_may_ask_docker(host: Host, stack: Stack, script_tasks: str) -> None:
    asked = host.run("docker exec %s test -w %s", stack.kestra.name, SOCKET)
    assert (asked.rc == 0) == (script_tasks == "host-docker")


def test_a_docker_of_their_own_is_there_where_it_was_asked_for(
    stack: Stack, script_tasks: str
) -> None:
    assert ("dind" in stack.services) == (script_tasks == "docker")


def test_that_one_is_rootless_and_listens_for_kestra_alone(host: Host, stack: Stack) -> None:
    name = stack.container("dind").name
    told = host.check_output("docker exec %s docker info --format %s", name, "{{.SecurityOptions}}")
    assert "rootless" in told
    # Whoever connects to a port of it would be asked nothing.
    sockets = host.check_output("docker exec %s cat /proc/net/tcp /proc/net/tcp6", name)
    ports = {line.split()[1].rpartition(":")[2] for line in sockets.splitlines() if ":" in line}
    assert not ports & {f"{port:04X}" for port in (2375, 2376)}
    user, _ = stack.user("dind")
    socket = host.file(f"{stack.root}/tools/dind/socket/docker.sock")
    assert (socket.uid, f"{socket.mode:o}") == (user, "660")


def test_kestras_user_may_ask_that_one(host: Host, stack: Stack) -> None:
    stack.need("dind")
    asked = host.run("docker exec %s test -w /dind/docker.sock", stack.kestra.name)
    assert asked.rc == 0
    assert stack.user("dind") == stack.user("kestra"), "files of tasks would be somebody else's"


def test_tasks_there_find_the_files_of_kestra(host: Host, stack: Stack) -> None:
    for service in ("dind", "kestra"):
        mounts = {m["Destination"]: m["Source"] for m in stack.container(service).mounts}
        assert mounts.get("/tmp/kestra-wd") == f"{stack.root}/tools/kestra/workdir"
