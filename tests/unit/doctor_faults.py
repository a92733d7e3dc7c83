"""What can trouble a host, and what only looks like it: the table of the doctor's tests."""

from __future__ import annotations

from dataclasses import replace

from kestra_provision.commands.lock import Holder
from kestra_provision.doctor.evidence import CLOSED, HANGS, Evidence, Reply
from kestra_provision.facts.images import ImagesSeen
from kestra_provision.facts.paths import PathsSeen
from kestra_provision.facts.survey import HostSurvey, Listener, SeenContainer
from kestra_provision.facts.traces import TracesSeen
from kestra_provision.health.checks import Check
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.text.next_command import NextCommand
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


def closed(evidence: Evidence) -> Evidence:
    """The same host, where neither of Kestra's ports answers."""
    refused = Reply(CLOSED, "connection refused")
    return replace(evidence, ui=refused, management=refused, api=())


JUST_STARTED = "2026-01-31T11:59:50.1Z"
NGINX = Listener("127.0.0.1", 8080, "nginx (pid 7)")
STRANGER = SeenContainer("tools-kestra", False, "", "nginx:1", "Up 2 hours", "")
NO_ENV = HostEnv(EnvFile.parse(""), "")
BARE = replace(HEALTHY.survey, docker=None, docker_client=False, docker_packages=(), containers=())
REFUSED = Check("database login", False, "long", "tools-kestra-postgres", fatal=True)
NO_DATABASE = Check(
    "database login", False, 'database "kestra" is not there', "tools-kestra-postgres"
)
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
            with_kestra(status="stranger"),
            survey=replace(HEALTHY.survey, containers=(STRANGER,)),
            ui=Reply(),
            management=Reply(),
            api=(),
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
        with_postgres(status="exited"),
        "PostgreSQL",
        "tools-kestra-postgres is stopped (exited, exit code 0)",
        "kestra-provision start vps1",
    ),
    "PostgreSQL removed": (
        with_postgres(status="missing"),
        "PostgreSQL",
        "does not exist",
        DEPLOY,
    ),
    "PostgreSQL frozen": (
        with_postgres(status="paused"),
        "PostgreSQL",
        "is frozen: Docker shows it as Up",
        "docker unpause tools-kestra-postgres",
    ),
    "PostgreSQL starting": (
        with_postgres(),
        "connections",
        "is Up and accepts no connections",
        "docker logs",
    ),
    "password that PostgreSQL refuses": (
        replace(HEALTHY, login=REFUSED),
        "database login",
        "refuses the password in .env for kestra",
        "\\password",
    ),
    "database that is not there": (
        replace(HEALTHY, login=NO_DATABASE),
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
        with_kestra(status="exited", exit_code=137, oom=True),
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
        with_kestra(status="exited", exit_code=143),
        "Kestra",
        "tools-kestra is stopped (exited, exit code 143)",
        "kestra-provision start vps1",
    ),
    "Kestra frozen": (
        with_kestra(status="paused"),
        "Kestra",
        "tools-kestra is frozen",
        "docker unpause tools-kestra;",
    ),
    "Kestra in a restart loop": (
        with_kestra(status="restarting", restarts=7, exit_code=1),
        "Kestra",
        "restarts again and again: 7 times so far, exit code 1",
        "kestra-provision logs vps1 --service kestra",
    ),
    "Kestra in a restart loop, Up for a moment": (
        with_kestra(restarts=7, started=JUST_STARTED),
        "Kestra",
        "restarts again and again: 7 times",
        "kestra-provision logs vps1 --service kestra",
    ),
    "ports closed": (
        closed(HEALTHY),
        "Kestra's ports",
        "container is Up, its ports 8080 and 8081 are closed",
        DEPLOY,
    ),
    "still starting": (
        closed(with_kestra(health="starting", started=JUST_STARTED)),
        "Kestra's ports",
        "are closed so far: it started 10 s ago",
        "wait, then: kestra-provision doctor vps1",
    ),
    "one port closed": (
        replace(HEALTHY, management=Reply(CLOSED)),
        "Kestra's ports",
        "port 8081 is closed and the other one answers",
        DEPLOY,
    ),
    "health DOWN": (
        replace(HEALTHY, management=Reply("503", '{"status":"DOWN"}')),
        "health",
        'the UI answers, and /health on port 8081 says 503 {"status":"DOWN"}',
        DEPLOY,
    ),
    "health that hangs": (
        replace(HEALTHY, management=Reply(HANGS)),
        "health",
        "the UI answers, and /health on port 8081 gives no answer",
        DEPLOY,
    ),
    "health 404": (
        replace(HEALTHY, management=Reply("404")),
        "health",
        "/health on port 8081 answers 404",
        DEPLOY,
    ),
    "health behind a password": (
        replace(HEALTHY, management=Reply("401")),
        "health",
        "/health on port 8081 wants a password",
        DEPLOY,
    ),
    "wrong basic auth": (
        replace(HEALTHY, api=api(ours=(False, "401: Kestra does not accept the credentials"))),
        "password",
        "API ours: 401",
        DEPLOY,
    ),
    "open API": (
        replace(HEALTHY, api=api(without=(False, "200: the API is open to everybody"))),
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
    "restarts of long ago": with_kestra(restarts=9),
    "started a moment ago, first time": with_kestra(restarts=1, started=JUST_STARTED),
    "killed elsewhere": with_traces(killed={"kestra": 0, "postgres": 0}),
}
