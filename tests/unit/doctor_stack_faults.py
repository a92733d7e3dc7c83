"""What can trouble the stack on a host in good order: the second half of the doctor's table."""

from __future__ import annotations

from dataclasses import replace

from kestra_provision.doctor.evidence import Evidence
from kestra_provision.health.api import EXECUTIONS
from kestra_provision.health.check import Check
from tests.health_seen import answered
from tests.unit.doctor_evidence import (
    DEPLOY,
    HEALTHY,
    api,
    with_kestra,
    with_postgres,
    with_traces,
)

REFUSED = answered(
    "password-refused", "PostgreSQL refuses the KESTRA_DB_PASSWORD of /opt/kestra/.env for kestra"
)
NO_DATABASE = answered("no-login", 'database "kestra" is not there')

#: Of a check of the API, which does not know the host.
FIX = "then: {deploy}"

#: As FIRES in doctor_faults: the services, one behind the other, and what their tasks want.
STACK: dict[str, tuple[Evidence, str, str, str]] = {
    "PostgreSQL stopped": (
        with_postgres("stopped"),
        "PostgreSQL",
        "tools-kestra-postgres is stopped: the container is exited, exit code 0",
        "kestra-provision start vps1",
    ),
    "PostgreSQL removed": (
        with_postgres("missing"),
        "PostgreSQL",
        "does not exist",
        DEPLOY,
    ),
    "PostgreSQL frozen": (
        with_postgres("frozen"),
        "PostgreSQL",
        "is frozen: the container is frozen",
        "docker unpause tools-kestra-postgres",
    ),
    "PostgreSQL starting": (
        with_postgres("starting", "started 5 s ago, not-answering so far"),
        "connections",
        "tools-kestra-postgres is starting: started 5 s ago",
        "docker logs",
    ),
    "PostgreSQL that accepts nobody": (
        with_postgres("not-answering"),
        "connections",
        "is Up and accepts no connections",
        "docker logs",
    ),
    "password that PostgreSQL refuses": (
        replace(HEALTHY, health=REFUSED),
        "database login",
        "PostgreSQL refuses the KESTRA_DB_PASSWORD of /opt/kestra/.env for kestra",
        "\\password",
    ),
    "database that is not there": (
        replace(HEALTHY, health=NO_DATABASE),
        "database login",
        'database "kestra" is not there',
        DEPLOY,
    ),
    "killed for memory and back again": (
        with_traces(killed={"kestra": 3, "postgres": 0}),
        "memory limits",
        "the kernel killed in tools-kestra, 3 times since yesterday",
        "kestra_memory_mb above",
    ),
    "killed for memory and gone": (
        with_kestra("stopped", "the container is exited, exit code 137, out of memory", oom=True),
        "memory limits",
        "the kernel killed in tools-kestra: out of memory",
        "kestra_memory_mb above",
    ),
    "heap too small": (
        with_traces(heap_full=2),
        "memory limits",
        "2 lines of tools-kestra's log say OutOfMemoryError",
        "kestra_memory_mb above",
    ),
    "Kestra stopped": (
        with_kestra("stopped", "the container is exited, exit code 143"),
        "Kestra",
        "tools-kestra is stopped: the container is exited, exit code 143",
        "kestra-provision start vps1",
    ),
    "Kestra frozen": (
        with_kestra("frozen"),
        "Kestra",
        "tools-kestra is frozen",
        "docker unpause tools-kestra;",
    ),
    "Kestra, of which Docker's check fails": (
        with_kestra("check-fails"),
        "Kestra",
        "tools-kestra is check-fails: /health answers 200, and Docker's check of it fails",
        "wait, then: kestra-provision doctor vps1; or: pyinfra",
    ),
    "Kestra restarting": (
        with_kestra("restarting"),
        "Kestra",
        "tools-kestra is restarting: restarted 2 times, exit code 1",
        "kestra-provision logs vps1 --service kestra",
    ),
    "Kestra in a restart loop": (
        with_kestra("restart-loop"),
        "Kestra",
        "tools-kestra is restart-loop: restarted 7 times, exit code 1",
        "kestra-provision logs vps1 --service kestra",
    ),
    "Kestra in a restart loop, Up for a moment": (
        with_kestra("restart-loop", status="running"),
        "Kestra",
        "tools-kestra is restart-loop: restarted 7 times",
        "kestra-provision logs vps1 --service kestra",
    ),
    "ports closed": (
        with_kestra("ports-closed"),
        "Kestra's ports",
        "the container is Up, its ports 8080 and 8081 are closed",
        DEPLOY,
    ),
    "still starting": (
        with_kestra("starting", "started 10 s ago, ports-closed so far", health="starting"),
        "Kestra's ports",
        "tools-kestra is starting: started 10 s ago, ports-closed so far",
        "wait, then: kestra-provision doctor vps1",
    ),
    "start that failed": (
        with_kestra("stuck", "its start failed at 12:00:05 UTC", health="starting"),
        "Kestra's ports",
        "tools-kestra is stuck: its start failed at 12:00:05 UTC",
        DEPLOY,
    ),
    "management port closed": (
        with_kestra("management-closed", "port 8080 answers, 8081 is closed"),
        "Kestra's ports",
        "port 8080 answers, 8081 is closed",
        DEPLOY,
    ),
    "UI closed": (
        with_kestra("ui-closed", "port 8081 answers, 8080 is closed"),
        "Kestra's ports",
        "port 8081 answers, 8080 is closed",
        DEPLOY,
    ),
    "health DOWN": (
        with_kestra("unhealthy", "/health answers 503"),
        "health",
        "tools-kestra is unhealthy: /health answers 503",
        DEPLOY,
    ),
    "health that hangs": (
        with_kestra("not-answering", "the container is Up, /health gives no answer in 10 s"),
        "health",
        "/health gives no answer in 10 s",
        DEPLOY,
    ),
    "shutting down by itself": (
        with_kestra("shutting-down", "it is shutting down by itself since 12:00:20 UTC"),
        "health",
        "tools-kestra is shutting-down: it is shutting down by itself since 12:00:20 UTC",
        DEPLOY,
    ),
    "older than its database": (
        with_kestra("stale", "it is older than what it needs"),
        "health",
        "tools-kestra is stale: it is older than what it needs",
        DEPLOY,
    ),
    "health 404": (
        with_kestra("health-missing", "/health on port 8081 answers 404"),
        "health",
        "tools-kestra is health-missing: /health on port 8081 answers 404",
        DEPLOY,
    ),
    "health behind a password": (
        with_kestra("health-locked", "/health on port 8081 wants a password"),
        "health",
        "/health on port 8081 wants a password",
        DEPLOY,
    ),
    "wrong basic auth": (
        replace(HEALTHY, api=api(ours=401)),
        "password",
        "API ours: 401",
        DEPLOY,
    ),
    "open API": (
        replace(HEALTHY, api=api(without=200)),
        "password",
        "the API is open to everybody",
        DEPLOY,
    ),
    "executions that nobody takes up": (
        replace(
            HEALTHY, api=(*api()[:3], Check(EXECUTIONS, False, "2 wait", "c", cause="x", fix=FIX))
        ),
        EXECUTIONS,
        "2 wait",
        DEPLOY,
    ),
    "no password at all": (
        replace(HEALTHY, api=(Check("API's password", False, "none", "c", cause="x", fix=FIX),)),
        "password",
        "API's password: none",
        DEPLOY,
    ),
    "a task that wants Docker": (
        with_traces(docker_wanted=4),
        "Docker in tasks",
        "4 lines of Kestra's log name docker.sock",
        "take taskRunner out of the task",
    ),
}
