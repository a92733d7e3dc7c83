"""Changes by hand to what runs: Docker's daemon, its network and our containers, in waves."""

from __future__ import annotations

from typing import NamedTuple

from kestra_provision.stack.stack import Stack
from tests.e2e.conftest import HEALTH_CHECK, WAIT_FOR_KESTRA, freezing


class Drift(NamedTuple):
    """A change by hand, the operation that must see and repair it, and the proof that it did.

    + said: what the drift check says in the stage of the operation
    """

    operation: str
    said: str
    by_hand: str
    proof: str


_DAEMON = "docker | daemon runs with its configuration"
_CHECK = "docker inspect -f {{.State.Health.Status}}"
SERVICE = "docker | service runs, now and after a boot"


def running(stack: Stack) -> dict[str, dict[str, Drift]]:
    """Waves at a host with this stack."""
    kestra, first, shared = stack.main.container, stack.services[0].container, stack.shared
    there = " ".join(each.container for each in stack.services if shared in each.networks)
    every, declared = " ".join(stack.containers.values()), runs_as_declared(stack)
    return {
        "daemon and container": {
            "daemon with an older configuration": Drift(
                _DAEMON,
                "Docker's daemon: has not read its file",
                "touch /etc/docker/daemon.json",
                "[ /run/docker.pid -nt /etc/docker/daemon.json ]",
            ),
            "memory limit raised": Drift(
                declared,
                f"container {kestra}: may use 3072 MiB",
                f"docker update --memory 3g --memory-swap 3g {kestra}",
                f"[ $(docker inspect -f {{{{.HostConfig.Memory}}}} {kestra}) != 3221225472 ]",
            ),
        },
        "restart policy": {
            "restart policy taken away": Drift(
                declared,
                f"container {first}: has the restart policy no",
                f"docker update --restart no {first}",
                f"docker inspect -f {{{{.HostConfig.RestartPolicy.Name}}}} {first} "
                "| grep unless-stopped",
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
                f"stack | network {shared}",
                f"network {shared}",
                f"for c in {there}; do docker network disconnect -f {shared} $c; done; "
                f"docker network rm {shared}",
                f"docker network inspect {shared}",
            ),
        },
        "container stopped": {
            "container stopped": Drift(
                declared,
                f"container {kestra}: is exited",
                f"docker stop {kestra}",
                f"[ $(docker inspect -f {{{{.State.Running}}}} {kestra}) = true ]",
            ),
        },
        "container removed": {
            "container removed": Drift(
                declared,
                f"container {first}: does not exist",
                f"docker rm -f {every}",
                f"[ $(docker inspect -f {{{{.State.Running}}}} {first}) = true ]",
            ),
        },
        "container replaced by hand": {
            "container replaced by hand": Drift(
                declared,
                f"container {kestra}: was made from other values",
                "cd /opt/kestra && "
                "sed 's/mem_limit: .*/mem_limit: 2777m/' compose.yaml > /tmp/c.yaml && "
                # Not its database as well: a Kestra that loses it is started anew, and a stop that
                # meets that is lost, which costs its whole grace period.
                "docker compose --project-directory . -f /tmp/c.yaml "
                f"up -d --no-deps {stack.main.name}; {WAIT_FOR_KESTRA}",
                f"[ $(docker inspect -f {{{{.HostConfig.Memory}}}} {kestra}) != 2911895552 ]",
            ),
        },
        "Docker's check fails": {
            "Docker's check fails": Drift(
                declared,
                f"container {kestra}: is unhealthy",
                _check_fails(kestra),
                f"{HEALTH_CHECK} && [ $({_CHECK} {kestra}) != unhealthy ]",
            ),
        },
        "shuts down by itself": {
            "shuts down by itself": Drift(
                "health | Kestra answers, and only to its password",
                f"health: {kestra} is shutting-down: /health answers 200",
                _last_words(kestra),
                HEALTH_CHECK,
            ),
        },
        "taken off the shared network": {
            "taken off the shared network": Drift(
                declared,
                f"container {kestra}: has the networks ",
                f"docker network disconnect {shared} {kestra}",
                f"docker network inspect {shared} | grep -q {kestra}",
            ),
        },
        **_frozen(stack),
    }


def runs_as_declared(stack: Stack) -> str:
    """The operation that the containers are of."""
    run = "run" if len(stack.services) > 1 else "runs"
    return f"stack | {stack.titles} {run} as declared"


def _check_fails(container: str) -> str:
    """Docker asks with the container's bash; whoever asks from outside is answered as before."""
    no_bash = "mount --bind /dev/null $(readlink -f $(command -v bash))"
    pid = f"$(docker inspect -f '{{{{.State.Pid}}}}' {container})"
    until = "timeout 300 sh -c 'until [ $(%s %s) = %s ]; do sleep 1; done'"
    return (
        f"{until % (_CHECK, container, 'healthy')} && nsenter -t {pid} -m sh -c '{no_bash}' && "
        f"{until % (_CHECK, container, 'unhealthy')} && {HEALTH_CHECK} | grep -q check-fails"
    )


def _last_words(container: str) -> str:
    """A Kestra whose pollers have lost their database says so, and answers for minutes."""
    words = (
        "12:00:00.000 ERROR jdbc-queue-WorkerJob_0 io.kestra.jdbc.runner.JdbcQueue Fatal error "
        "while polling the WorkerJob queue. Initiating shutdown."
    )
    said = f"/proc/$(docker inspect -f '{{{{.State.Pid}}}}' {container})/fd/1"
    return f"{WAIT_FOR_KESTRA} && echo {words!r} > {said} && {HEALTH_CHECK} | grep -q shutting-down"


def _frozen(stack: Stack) -> dict[str, dict[str, Drift]]:
    """The one who has the data: the database, or who needs none."""
    kestra = stack.main.container
    if stack.server_of(stack.main) is None:
        operation, said = runs_as_declared(stack), f"container {kestra}: is paused"
        by_hand, frozen = f"docker pause {kestra}", kestra
    else:
        operation = "health | Kestra answers, and only to its password"
        said = f"{kestra} without its database: the container is Up"
        # One Kestra closes its ports after a while and never opens them again, another hangs.
        frozen = stack.services[0].container
        closed = f"until {HEALTH_CHECK} | grep -q ports-closed; do sleep 0.5; done"
        by_hand = f"{freezing(frozen)}; timeout 60 sh -c '{closed}' || true"
    proof = f"[ $(docker inspect -f {{{{.State.Status}}}} {frozen}) = running ]"
    return {"data frozen": {"data frozen": Drift(operation, said, by_hand, proof)}}
