"""What can trouble a host, and what only looks like it: the table of the doctor's tests."""

from __future__ import annotations

from dataclasses import replace

from kestra_provision.commands.lock import Holder
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.facts.images import ImagesSeen
from kestra_provision.facts.paths import PathsSeen
from kestra_provision.facts.survey import HostSurvey, Listener, SeenContainer
from kestra_provision.facts.traces import TracesSeen
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.text.next_command import NextCommand
from tests.health_seen import answered
from tests.unit.doctor_evidence import (
    DEPLOY,
    HEALTHY,
    NOW,
    SETTINGS,
    STORAGE,
    WORKDIR,
    WRITABLE,
    api,
    env,
    with_condition,
    with_kestra,
    with_postgres,
    with_survey,
    with_traces,
)

NGINX = Listener("127.0.0.1", 8080, "nginx (pid 7)")
STRANGER = SeenContainer("tools-kestra", False, "", "nginx:1", "Up 2 hours", "")
NO_ENV = HostEnv(EnvFile.parse(""), "")
BARE = replace(HEALTHY.survey, docker=None, docker_client=False, docker_packages=(), containers=())
REFUSED = answered(
    "password-refused", "PostgreSQL refuses the KESTRA_DB_PASSWORD of /opt/kestra/.env for kestra"
)
NO_DATABASE = answered("no-login", 'database "kestra" is not there')
HOLDER = Holder("run", "alice@laptop", "2026-01-31 09:00:00", "deploy")
OTHER_USER = replace(HEALTHY, survey=replace(HEALTHY.survey, privilege="sudo", user="bob"))

#: By name: the evidence, the check that fires, words of its finding, words of its fix.
FIRES: dict[str, tuple[Evidence, str, str, str]] = {
    "no sudo": (
        Evidence(SETTINGS, "vps1", NextCommand(), NOW, HostSurvey(privilege="none", user="bob")),
        "sudo",
        "bob is not root and may not use sudo without a password",
        "sudoers.d/bob",
    ),
    "too small": (with_survey(memory_mb=1000), "fit", "memory: 1000 MiB", "min_memory_mb = 1000"),
    "database of another major version": (
        with_survey(data_versions={"tools-kestra_postgres-data": "15"}),
        "fit",
        "was made by PostgreSQL 15",
        "of version 15",
    ),
    "stranger with our container's name": (
        replace(
            with_kestra("stranger"),
            survey=replace(HEALTHY.survey, containers=(STRANGER,)),
        ),
        "fit",
        "a container named tools-kestra exists and is not ours (nginx:1, Up 2 hours)",
        "docker rename tools-kestra",
    ),
    "clock behind": (
        with_survey(clock=NOW - 3600),
        "clock",
        "60 minutes behind",
        "timedatectl set-ntp true",
    ),
    "disk full": (with_condition(disks={"/": 97}), "disk", "disk /: 97 %", "docker system df"),
    "inodes full": (with_condition(inodes={"/": 99}), "disk", "inodes /: 99 %", "docker system df"),
    "memory short": (with_condition(available_mb=100), "memory", "100 MiB of 8000", "docker stats"),
    "reboot due": (with_condition(reboot="kernel 6.2"), "reboot", "kernel 6.2", "reboot"),
    "port taken": (
        with_survey(listeners=(NGINX,)),
        "ports free",
        "port 8080 is taken by nginx (pid 7)",
        "http_port",
    ),
    "never deployed": (
        replace(HEALTHY, survey=BARE, traces=TracesSeen(), env=NO_ENV),
        "deployed",
        "nothing was deployed into /opt/kestra yet",
        DEPLOY,
    ),
    "compose file removed": (
        with_traces(deployed=False),
        "deployed",
        "/opt/kestra/compose.yaml is missing",
        DEPLOY,
    ),
    "lock of a dead run": (
        replace(HEALTHY, lock=("stale", HOLDER)),
        "lock",
        "a run that is gone, alice@laptop",
        DEPLOY,
    ),
    ".env removed": (replace(HEALTHY, env=NO_ENV), ".env", "there is no /opt/kestra/.env", DEPLOY),
    ".env open to others": (
        replace(HEALTHY, env=env("644 0 0")),
        ".env",
        "/opt/kestra/.env is 644 0:0",
        DEPLOY,
    ),
    ".env without a secret": (
        replace(HEALTHY, env=env(KESTRA_DB_PASSWORD="")),
        ".env",
        "has no KESTRA_DB_PASSWORD",
        DEPLOY,
    ),
    ".env with a line that is none": (
        replace(HEALTHY, env=NO_ENV, env_error="/opt/kestra/.env: line 3 is not KEY=value"),
        ".env",
        "line 3",
        "mend that line",
    ),
    "storage of another owner": (
        replace(
            HEALTHY,
            paths=PathsSeen({STORAGE: replace(WRITABLE, writable=False), WORKDIR: WRITABLE}),
        ),
        "storage",
        f"{STORAGE} not writable for uid 1000",
        DEPLOY,
    ),
    "storage removed": (
        replace(HEALTHY, paths=PathsSeen({WORKDIR: WRITABLE})),
        "storage",
        f"{STORAGE} missing",
        DEPLOY,
    ),
    "Docker stopped": (
        replace(with_survey(docker=None), traces=replace(HEALTHY.traces, service="inactive")),
        "Docker",
        "does not answer (docker.service is inactive)",
        "systemctl start docker",
    ),
    "Docker removed": (
        with_survey(docker=None, docker_client=False, docker_packages=()),
        "Docker",
        "not installed",
        DEPLOY,
    ),
    "Docker with a broken daemon.json": (
        with_survey(docker=None, daemon_json_valid=False),
        "Docker",
        "does not answer",
        "json.tool",
    ),
    "user not in group docker": (
        replace(OTHER_USER, traces=replace(HEALTHY.traces, groups=("bob", "sudo"))),
        "docker.sock",
        "bob may not use Docker without sudo",
        "log in again",
    ),
    "socket open to everybody": (
        with_traces(socket="666 root docker"),
        "docker.sock",
        "everybody on the host is root",
        "chmod 660",
    ),
    "socket removed": (with_traces(socket=""), "docker.sock", "not there", "restart docker.socket"),
    "image pruned": (
        replace(HEALTHY, images=ImagesSeen({SETTINGS.kestra_image: "sha256:1"})),
        "images",
        f"{SETTINGS.postgres_image} not on the host",
        DEPLOY,
    ),
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
    "management port closed": (
        with_kestra("management-closed", "port 8080 answers, 8081 is closed"),
        "Kestra's ports",
        "port 8080 answers, 8081 is closed",
        DEPLOY,
    ),
    "UI closed": (
        with_kestra("ui-closed", "/health answers 200, and nothing answers on port 8080"),
        "Kestra's ports",
        "nothing answers on port 8080",
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
    "a task that wants Docker": (
        with_traces(docker_wanted=4),
        "Docker in tasks",
        "4 lines of Kestra's log name docker.sock",
        "runner.Process",
    ),
}
#: Other checks that fire too, by the same name.
EFFECTS = {"killed for memory and gone": {"Kestra"}, "Docker with a broken daemon.json": {"fit"}}
#: What looks like trouble and is none.
FINE: dict[str, Evidence] = {
    "a host in good order": HEALTHY,
    "clock a little off": with_survey(clock=NOW - 200),
    "disk not quite full": with_condition(disks={"/": 89}),
    "our own port": with_survey(
        listeners=(NGINX,),
        containers=(
            SeenContainer(
                "tools-kestra", True, "tools-kestra", "kestra", "Up", "127.0.0.1:8080->8080/tcp"
            ),
        ),
    ),
    "lock of a run under way": replace(HEALTHY, lock=("live", HOLDER)),
    "lock let go meanwhile": replace(HEALTHY, lock=("free", Holder())),
    "user in group docker": replace(OTHER_USER, traces=replace(HEALTHY.traces, groups=("docker",))),
    "restarts of long ago": with_kestra("running", restarts=9),
    "Docker's check of it not passed yet": with_kestra("running", health="starting"),
    "killed elsewhere": with_traces(killed={"kestra": 0, "postgres": 0}),
}
