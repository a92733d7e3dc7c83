"""What can trouble a host, its stack among it, and what only looks like it: the doctor's table."""

from __future__ import annotations

from dataclasses import replace

from kestra_provision.commands.lock import Holder
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.facts.images import ImagesSeen
from kestra_provision.facts.network import NetworkSeen
from kestra_provision.facts.paths import PathsSeen, PathState
from kestra_provision.facts.survey import HostSurvey, Listener, SeenContainer
from kestra_provision.facts.traces import TracesSeen
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.text.next_command import NextCommand
from tests.tools_secrets import TOOLS_SECRETS
from tests.unit.doctor_docker_faults import DOCKER, EFFECTS_OF_DOCKER, FINE_DOCKER
from tests.unit.doctor_evidence import (
    DEPLOY,
    HEALTHY,
    NOW,
    SETTINGS,
    STORAGE,
    WORKDIR,
    WRITABLE,
    env,
    with_condition,
    with_kestra,
    with_survey,
    with_traces,
)
from tests.unit.doctor_stack_faults import STACK

NGINX = Listener("127.0.0.1", 8080, "nginx (pid 7)")
STRANGER = SeenContainer("tools-kestra", False, "", "nginx:1", "Up 2 hours", "")
NO_ENV = HostEnv(EnvFile.parse(""), "", wanted=TOOLS_SECRETS)
BARE = replace(HEALTHY.survey, docker=None, docker_client=False, docker_packages=(), containers=())
HOLDER = Holder("run", "alice@laptop", "2026-01-31 09:00:00", "deploy")
OTHER_USER = replace(HEALTHY, survey=replace(HEALTHY.survey, privilege="sudo", user="bob"))

_HOST: dict[str, tuple[Evidence, str, str, str]] = {
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
    "volume of somebody else": (
        with_survey(strange_volumes=frozenset({"tools-kestra_postgres-data"})),
        "fit",
        "a volume named tools-kestra_postgres-data exists and is not ours",
        "set project_name to another name",
    ),
    "file of somebody else": (
        replace(
            HEALTHY,
            paths=replace(
                HEALTHY.paths,
                states={
                    **HEALTHY.paths.states,
                    "/opt/kestra/compose.yaml": PathState("file", "644", 0, 0, stranger=True),
                },
            ),
        ),
        "fit",
        "/opt/kestra/compose.yaml is not ours",
        "mv /opt/kestra/compose.yaml /opt/kestra/compose.yaml.old",
    ),
    "network that publishes nothing": (
        replace(HEALTHY, networks={SETTINGS.network: NetworkSeen("macvlan")}),
        "fit",
        f"the network {SETTINGS.network} is a macvlan one",
        "set network to another name",
    ),
    "key that steers compose in .env": (
        replace(HEALTHY, env=env(COMPOSE_PROFILES="debug")),
        ".env",
        "COMPOSE_PROFILES in /opt/kestra/.env change what compose does",
        "remove these lines",
    ),
    "password that Kestra would not take": (
        replace(HEALTHY, env=env(KESTRA_BASICAUTH_PASSWORD="short")),
        ".env",
        "KESTRA_BASICAUTH_PASSWORD in .env must have",
        "KESTRA_BASICAUTH_PASSWORD='VALUE'",
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
    "an edited record of whom the images run as": (
        replace(HEALTHY, paths=replace(HEALTHY.paths, edited=True)),
        "storage",
        "/opt/kestra/config/images.env is not as a deploy wrote it",
        "deploy.py",
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
}
#: By name: the evidence, the check that fires, words of its finding, words of its fix.
FIRES = {**_HOST, **DOCKER, **STACK}
#: Other checks that fire too, by the same name.
EFFECTS = {
    "killed for memory and gone": {"Kestra"},
    "Docker with a broken daemon.json": {"fit"},
    **EFFECTS_OF_DOCKER,
}
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
    **FINE_DOCKER,
}
