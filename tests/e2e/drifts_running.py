"""Changes by hand to what runs: Docker's daemon, its network and our containers, in waves."""

from __future__ import annotations

from typing import NamedTuple

from tests.e2e.conftest import FREEZE_DATABASE, WAIT_FOR_CLOSED_PORTS, WAIT_FOR_KESTRA


class Drift(NamedTuple):
    """A change by hand, the operation that must see and repair it, and the proof that it did.

    + said: what the drift check says in the stage of the operation
    """

    operation: str
    said: str
    by_hand: str
    proof: str


_DAEMON = "docker | daemon runs with its configuration"
SERVICE = "docker | service runs, now and after a boot"
_STACK = "stack | PostgreSQL and Kestra run as declared"
RUNNING = {
    "daemon and two containers": {
        "daemon with an older configuration": Drift(
            _DAEMON,
            "Docker's daemon: has not read its file",
            "touch /etc/docker/daemon.json",
            "[ /run/docker.pid -nt /etc/docker/daemon.json ]",
        ),
        "restart policy taken away": Drift(
            _STACK,
            "container tools-kestra-postgres: has the restart policy no",
            "docker update --restart no tools-kestra-postgres",
            "docker inspect -f {{.HostConfig.RestartPolicy.Name}} tools-kestra-postgres "
            "| grep unless-stopped",
        ),
        "memory limit raised": Drift(
            _STACK,
            "container tools-kestra: may use 3072 MiB",
            "docker update --memory 3g --memory-swap 3g tools-kestra",
            "[ $(docker inspect -f {{.HostConfig.Memory}} tools-kestra) != 3221225472 ]",
        ),
    },
    "service stopped": {
        "service stopped": Drift(
            SERVICE,
            "service docker: does not run",
            "systemctl stop docker.socket docker",
            "systemctl is-active docker",
        ),
    },
    "network removed": {
        "network removed": Drift(
            "stack | network tradingsystem_backend",
            "network tradingsystem_backend",
            "docker network disconnect -f tradingsystem_backend tools-kestra; "
            "docker network rm tradingsystem_backend",
            "docker network inspect tradingsystem_backend",
        ),
    },
    "container stopped": {
        "container stopped": Drift(
            _STACK,
            "container tools-kestra: is exited",
            "docker stop tools-kestra",
            "[ $(docker inspect -f {{.State.Running}} tools-kestra) = true ]",
        ),
    },
    "container removed": {
        "container removed": Drift(
            _STACK,
            "container tools-kestra-postgres: does not exist",
            "docker rm -f tools-kestra tools-kestra-postgres",
            "[ $(docker inspect -f {{.State.Running}} tools-kestra-postgres) = true ]",
        ),
    },
    "container replaced by hand": {
        "container replaced by hand": Drift(
            _STACK,
            "container tools-kestra: was made from other values",
            "cd /opt/kestra && sed 's/mem_limit: .*/mem_limit: 2777m/' compose.yaml > /tmp/c.yaml "
            "&& docker compose --project-directory . -f /tmp/c.yaml up -d; "
            f"{WAIT_FOR_KESTRA}",
            "[ $(docker inspect -f {{.HostConfig.Memory}} tools-kestra) != 2911895552 ]",
        ),
    },
    "taken off the shared network": {
        "taken off the shared network": Drift(
            _STACK,
            "container tools-kestra: has the networks ",
            "docker network disconnect tradingsystem_backend tools-kestra",
            "docker network inspect tradingsystem_backend | grep -q tools-kestra",
        ),
    },
    "database frozen": {
        "database frozen": Drift(
            "health | Kestra answers, and only to its password",
            "tools-kestra without its database: the container is Up",
            # So long that Kestra has closed its ports, which it never opens again.
            f"{FREEZE_DATABASE}; {WAIT_FOR_CLOSED_PORTS}",
            "[ $(docker inspect -f {{.State.Status}} tools-kestra-postgres) = running ]",
        ),
    },
}
