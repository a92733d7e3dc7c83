"""Stage stack: containers as they must be, asked of Docker and of the running processes."""

import re

import pytest
from testinfra.host import Host

from tests.machine.container import CONFIGURATION, Container, variable
from tests.machine.stack import MARK, SERVICES, Stack

#: PostgreSQL's entrypoint becomes its user: CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID. Two
#: programs of a rootless Docker give it more users: SETGID, SETUID.
CAPABILITIES = {"dind": 0b11000000, "kestra": 0, "n8n": 0, "postgres": 0b11001011, "sidecar": 0}
#: Those two programs gain what they are there for.
GAINS = {"dind"}
#: Kestra's tasks may end for five minutes, n8n's for two; PostgreSQL writes its buffers.
GRACE_SECONDS = {"dind": 300, "kestra": 300, "n8n": 150, "postgres": 30, "sidecar": 10}
#: Docker looks after the others; the sidecar's contract has an answer, and no program to ask it.
WITHOUT_CHECK = {"sidecar"}
#: PostgreSQL's socket and the like lie on its own.
WRITABLE_ROOT = {"postgres"}
DATABASE = "tools/kestra/database"
SOCKET = "/var/run/docker.sock"
UNITS = {"k": 10**3, "m": 10**6, "g": 10**9}


@pytest.fixture
def container(stack: Stack, service: str) -> Container:
    """Each container of the stack."""
    return stack.container(service)


def test_there_are_these_and_no_others(stack: Stack) -> None:
    assert stack.required <= stack.services <= stack.known
    assert stack.containers.keys() == stack.services


def test_names_are_those_of_the_compose_file(host: Host, stack: Stack) -> None:
    pattern = "s/^ *container_name: *//p"
    declared = host.check_output("sed -n %s %s", pattern, f"{stack.root}/compose.yaml")
    found = {container.name for container in stack.containers.values()}
    assert found == {line.strip("\"' ") for line in declared.splitlines()}


def test_healthy(container: Container) -> None:
    assert container.state["Status"] == "running"
    health = container.state.get("Health")
    if health or container.service not in WITHOUT_CHECK:
        assert (health or {}).get("Status") == "healthy"
    assert container.state["OOMKilled"] is False


def test_comes_back_after_a_boot(container: Container) -> None:
    assert container.limits["RestartPolicy"]["Name"] in ("unless-stopped", "always")


def test_has_time_to_stop(container: Container) -> None:
    assert container.stop_timeout >= GRACE_SECONDS[container.service]


def test_gains_no_privileges(host: Host, container: Container) -> None:
    assert "ALL" in container.limits["CapDrop"]
    assert container.limits["Privileged"] is False
    process = host.check_output("cat /proc/%s/status", str(container.state["Pid"]))
    options = container.limits["SecurityOpt"] or []
    if container.service not in GAINS:
        assert {"no-new-privileges", "no-new-privileges:true"} & set(options)
        assert re.search(r"^NoNewPrivs:\s+1$", process, re.MULTILINE)
    bounds = re.search(r"^CapBnd:\s+([0-9a-f]+)$", process, re.MULTILINE)
    assert bounds and int(bounds[1], 16) & ~CAPABILITIES[container.service] == 0


def test_the_hosts_docker_is_out_of_reach(container: Container, script_tasks: str) -> None:
    sockets = [m["Source"] for m in container.mounts if m["Source"].endswith("docker.sock")]
    asked_for = container.service == "kestra" and script_tasks == "host-docker"
    assert sockets == ([SOCKET] if asked_for else [])


@pytest.mark.parametrize("of", sorted({*SERVICES} - WRITABLE_ROOT))
def test_root_is_read_only(host: Host, stack: Stack, of: str) -> None:
    container = stack.container(of)
    assert container.limits["ReadonlyRootfs"] is True
    # As its process sees it, and without a program in an image that need not have any.
    mounted = "awk '$5 == \"/\" {print $6}' /proc/%s/mountinfo"
    assert "ro" in host.check_output(mounted, str(container.state["Pid"])).split(",")


def test_sees_no_folder_of_another(stack: Stack, container: Container) -> None:
    own = f"{stack.root}/tools/{container.service}/"
    files = (*CONFIGURATION, "logback.xml") if container.service == "kestra" else ()
    also = {f"{stack.root}/config/{name}" for name in files}
    # Who may have the host's is asked above; these two are what a task's Docker and Kestra share.
    shared = {f"{stack.root}/tools/{name}" for name in ("dind/socket", "kestra/workdir")}
    also |= {SOCKET} | (shared if container.service in ("dind", "kestra") else set())
    sources = {m["Source"] for m in container.mounts if m["Type"] == "bind"} - also
    assert not [source for source in sources if not source.startswith(own)]


def test_configuration_of_kestra_is_read_only(stack: Stack) -> None:
    folder = f"{stack.root}/config/"
    writable = {m["Source"]: m["RW"] for m in stack.kestra.mounts if m["Source"].startswith(folder)}
    assert {f"{folder}{name}" for name in CONFIGURATION} <= writable.keys()
    assert not any(writable.values())


def test_storage_of_kestra_is_the_hosts(stack: Stack, script_tasks: str) -> None:
    sources = {m["Destination"]: m["Source"] for m in stack.kestra.mounts}
    assert sources.get("/app/storage") == f"{stack.root}/tools/kestra/storage"
    own = f"{stack.root}/tools/kestra/workdir"
    assert sources.get(own if script_tasks == "host-docker" else "/tmp/kestra-wd") == own


def test_data_of_postgres_is_on_a_volume(host: Host, stack: Stack) -> None:
    volumes = [m["Destination"] for m in stack.postgres.mounts if m["Type"] == "volume"]
    asked = host.run("docker exec %s printenv PGDATA", stack.postgres.name)
    data = asked.stdout.strip()
    assert [v for v in volumes if f"{data}/".startswith(f"{v}/")], f"{data} is on none"
    name = stack.postgres.name
    assert host.run("docker exec %s test -s %s", name, f"{data}/PG_VERSION").rc == 0


def test_data_without_a_server_is_in_a_folder_of_the_host(host: Host, stack: Stack) -> None:
    if "postgres" in stack.required:
        pytest.skip(f"on a {stack.profile} host the data is on PostgreSQL's volume, asked above")
    sources = {m["Destination"]: m["Source"] for m in stack.kestra.mounts}
    assert sources.get("/app/database") == f"{stack.root}/{DATABASE}"
    file = host.file(f"{stack.root}/{DATABASE}/kestra.mv.db")
    assert (file.uid, file.gid) == stack.user("kestra")
    assert file.size > 0
    asked = "docker exec %s test -w /app/database/kestra.mv.db"
    assert host.run(asked, stack.kestra.name).rc == 0


def test_cannot_take_the_host_down(host: Host, container: Container, stack: Stack) -> None:
    total = int(host.check_output("sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo"))
    assert container.limits["Memory"] > 0
    assert sum(c.limits["Memory"] for c in stack.containers.values()) < total * 1024
    assert (container.limits["PidsLimit"] or 0) > 0


def test_heap_of_kestra_fits_its_limit(host: Host, stack: Stack) -> None:
    heap = re.search(r"-Xmx(\d+)m", variable(host, stack.kestra, "JAVA_OPTS"))
    assert heap, "JAVA_OPTS has no -Xmx"
    assert 0 < int(heap[1]) * 1024**2 < stack.kestra.limits["Memory"]


def test_log_stays_in_its_limits(host: Host, container: Container) -> None:
    options = container.limits["LogConfig"]["Config"]
    size = re.fullmatch(r"(\d+)([kmg]?)", options.get("max-size", ""))
    assert size, "no max-size"
    most = int(size[1]) * UNITS.get(size[2], 1) * int(options.get("max-file", "1"))
    if container.log_path:  # other drivers than json-file keep it to themselves
        used = host.check_output("cat %s* | wc -c", container.log_path)
        assert int(used) <= most * 1.1


def test_carries_our_mark(container: Container) -> None:
    assert container.labels.get(MARK) == "true"


def test_network_and_volume_carry_our_mark(host: Host, stack: Stack) -> None:
    # Not the shared network: it may have been there before us.
    for kind in ("network", "volume"):
        label = f"label=com.docker.compose.project={stack.kestra.project}"
        name = "{{.Name}}"
        every = host.check_output(f"docker {kind} ls --filter %s --format %s", label, name)
        mark = f"label={MARK}=true"
        marked = host.check_output(
            f"docker {kind} ls --filter %s --filter %s --format %s", label, mark, name
        )
        assert every or "postgres" not in stack.services, f"no {kind} of the project"
        assert every == marked
