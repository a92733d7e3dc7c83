"""Checks of what flows need beyond a healthy Kestra: a way out, and a host that looks after it."""

from __future__ import annotations

from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.deployment import DEPLOYED, DOCKER, RULES
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.render.host.watch import units

#: A watch that is late may be at work: a repair takes minutes.
_LATE = 30


def _way_out(evidence: Evidence) -> Answer:
    target, seen = evidence.settings.egress_target, evidence.traces.outside
    container = evidence.stack[evidence.logged].container
    if not target:
        return "not asked: egress_target is not set"
    if not seen.asked:
        return Untold(f"{container} cannot be asked")
    if seen.connected:
        return f"{container} reaches {target}"
    host = target.rpartition(":")[0]
    if not seen.named:
        return Fault(
            f"{container} does not find the address of {host}",
            "no DNS: the host's own resolver does not answer to containers, or the name is wrong",
            f"on the host: getent hosts {host}; if that works, name servers in {DAEMON_JSON}: "
            '"dns": ["192.0.2.53"] with yours, then: systemctl restart docker',
        )
    return Fault(
        f"{container} gets no connection to {target}",
        "a firewall between: the host's, the provider's, or a proxy is the only way out",
        f"on the host: timeout 5 bash -c '</dev/tcp/{host}/{target.rpartition(':')[2]}'; if that "
        "works, it is the host's own: iptables -S DOCKER-USER; iptables -S FORWARD",
    )


def _mtu(evidence: Evidence) -> Answer:
    seen = evidence.traces.outside
    if not (seen.mtu and seen.host_mtu):
        return "not told"
    if seen.mtu <= seen.host_mtu:
        return f"{seen.mtu}, the host's is {seen.host_mtu}"
    stack, mtu = evidence.stack, f'"com.docker.network.driver.mtu": "{seen.host_mtu}"'
    containers = " ".join(service.container for service in stack.services)
    networks = sorted({name for service in stack.services for name in service.networks})
    return Fault(
        f"{seen.mtu} in the container's networks, {seen.host_mtu} on the host's way out",
        "a VPN or a provider's private network; small answers arrive, big ones hang",
        f'on the host: "default-network-opts": {{"bridge": {{{mtu}}}}} in {DAEMON_JSON}; '
        f"{evidence.day_two('stop')}; on the host: systemctl restart docker; "
        f"docker stop {containers}; docker rm {containers}; "
        f"docker network rm {' '.join(networks)}; then: {evidence.deploy}",
    )


def _watch(evidence: Evidence) -> Answer:
    settings, age = evidence.settings, evidence.traces.outside.watch_age
    if not settings.watch_interval_minutes:
        return "off"
    if age is None:
        return "not told"
    if evidence.lock is not None:
        return "waits for who holds the lock"
    minutes = age // 60
    if minutes <= 3 * settings.watch_interval_minutes + _LATE:
        return f"each {settings.watch_interval_minutes} min"
    timer, service = units(settings.project_name)
    again = f"systemctl restart {timer}; systemctl start {service}"
    return Fault(
        f"looked {minutes} min ago, every {settings.watch_interval_minutes} min is declared",
        "its timer was stopped or masked, or its script fails: nobody would be told of trouble",
        f"{evidence.deploy}; then on the host: "
        f"{again if evidence.survey.systemd else 'service cron restart'}",
    )


CHECKS = (
    Check("way out", "tasks time out, unknown host", _way_out, (DEPLOYED, DOCKER, RULES)),
    Check("MTU", "big downloads of tasks hang, small ones do not", _mtu, (DEPLOYED, DOCKER)),
    Check("watch", "nobody was told of trouble", _watch, (DEPLOYED,)),
)
