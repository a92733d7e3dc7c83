"""What troubles Docker and the way out of it, and what only looks like it: more of the table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kestra_provision.commands.lock import Holder
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.facts.outside import Outside
from kestra_provision.facts.platform import Platform
from tests.unit.doctor_evidence import DEPLOY, HEALTHY, SETTINGS, with_survey

TARGET = SETTINGS.model_copy(update={"egress_target": "example.com:443"})


def addressed(**env: str) -> Any:
    return SETTINGS.model_copy(update={"kestra_env": env})


BACKEND = addressed(
    BACKEND_URL="http://me:Obviously-fake-1@backend:8000/path?token=Obviously-fake-2",
    OTHER_URL="https://[::1]/",
    OF_NOBODY="http://nobody/",
    DB_URL="jdbc:postgresql://db/",
)
DAY = 24 * 60 * 60
SAID = "failed to start daemon: error initializing graphdriver: no space left on device"


def dead(**seen: Any) -> Evidence:
    """Docker does not answer, and this is so."""
    evidence = with_survey(docker=None, platform=Platform(**seen))
    return replace(evidence, traces=replace(HEALTHY.traces, service="failed"))


def outside(settings: Any = SETTINGS, **seen: Any) -> Evidence:
    traces = replace(HEALTHY.traces, outside=Outside(**seen))
    return replace(HEALTHY, settings=settings, traces=traces)


DOCKER = {
    "Docker failed with a reason": (dead(said=(SAID,)), "Docker", "is failed", "reset-failed"),
    "Docker masked": (
        dead(masked=("docker.service",)),
        "Docker",
        "docker.service may not be started",
        "systemctl unmask docker.service; systemctl reset-failed",
    ),
    "firewall flushed": (
        with_survey(platform=Platform(lost_rules=("published ports", "forwarding"))),
        "firewall rules",
        "gone: published ports and forwarding",
        "systemctl restart docker",
    ),
    "forwarding switched off": (
        with_survey(platform=Platform(lost_rules=("net.ipv4.ip_forward",))),
        "firewall rules",
        "gone: net.ipv4.ip_forward",
        DEPLOY,
    ),
    "no DNS in containers": (
        outside(TARGET, asked=True),
        "way out",
        "tools-kestra does not find the address of example.com",
        "getent hosts example.com",
    ),
    "no connection out": (
        outside(TARGET, asked=True, named=True),
        "way out",
        "no connection to example.com:443",
        "</dev/tcp/example.com/443",
    ),
    **{
        f"address {word}": (
            outside(BACKEND, addresses={"BACKEND_URL": word, "OTHER_URL": "connected"}),
            "addresses",
            f"not reached from tools-kestra: BACKEND_URL (http://backend:8000): {said}",
            fix,
        )
        for word, said, fix in (
            ("unnamed", "its name is not known there", "connect tradingsystem_backend NAME"),
            ("refused", "the connection is refused", "docker exec tools-kestra bash -c"),
            ("silent", "no answer within 8 s", "</dev/tcp/backend/8000"),
            ("unreachable", "no way leads there", "</dev/tcp/backend/8000"),
        )
    },
    "address of the container itself": (
        outside(addressed(A_URL="http://localhost/"), addresses={"A_URL": "refused"}),
        "addresses",
        "A_URL (http://localhost:80): the connection is refused",
        "in kestra_env name the server as tools-kestra knows it",
    ),
    "two addresses": (
        outside(BACKEND, addresses={"BACKEND_URL": "silent", "OTHER_URL": "refused"}),
        "addresses",
        "no answer within 8 s; OTHER_URL (https://[::1]:443): the connection is refused",
        "iptables -S INPUT",
    ),
    "address that is none": (
        outside(addressed(A_URL="http://:80/", B_URL="https://x:99999/")),
        "addresses",
        "A_URL and B_URL of kestra_env: no address of a server",
        DEPLOY,
    ),
    "MTU of a VPN": (
        outside(mtu=1500, host_mtu=1420),
        "MTU",
        "1500 in the container's networks, 1420 on the host's way out",
        '{"bridge": {"com.docker.network.driver.mtu": "1420"}}',
    ),
    "watch that is silent": (
        outside(watch_age=DAY),
        "watch",
        "looked 1440 min ago, every 1 min is declared",
        "systemctl restart kestra-watch@tools-kestra.timer",
    ),
    "watch that is silent, by cron": (
        replace(outside(watch_age=DAY), survey=replace(HEALTHY.survey, systemd=False)),
        "watch",
        "looked 1440 min ago",
        "service cron restart",
    ),
}
EFFECTS_OF_DOCKER = {"Docker masked": {"fit"}}
NO_WATCH = SETTINGS.model_copy(update={"watch_interval_minutes": 0})
FINE_DOCKER = {
    "a way out": outside(TARGET, asked=True, named=True, connected=True),
    "a way out without DNS": outside(TARGET, asked=True, connected=True),
    "networks of a smaller MTU": outside(mtu=1400, host_mtu=1500),
    "watch of a moment ago": outside(watch_age=70),
    "watch that repairs": outside(watch_age=25 * 60),
    "no watch": outside(NO_WATCH, watch_age=DAY),
    "watch that waits for a lock": replace(
        outside(watch_age=DAY), lock=("live", Holder("manual", "alice@laptop", "", "upgrade"))
    ),
}
