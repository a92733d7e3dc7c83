"""Checks of the server itself: what a Kestra in good order would suffer from too."""

from __future__ import annotations

from collections.abc import Callable

from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.drift.notices import of_host
from kestra_provision.preflight.judge import clock_off, judge, no_sudo
from kestra_provision.preflight.networks import judge_networks
from kestra_provision.preflight.paths import judge_paths
from kestra_provision.preflight.ports import taken_ports
from kestra_provision.text.words import enumerated

SUDO = "sudo"


def _sudo(evidence: Evidence) -> Answer:
    survey = evidence.survey
    if survey.privilege in ("root", "sudo"):
        return f"{survey.user}, {'with' if survey.privilege == 'sudo' else 'needs no'} sudo"
    if not survey.privilege:
        return Untold("the host did not say who we are there")
    problem = no_sudo(survey)
    return Fault(problem.what, "every check and every deploy works as root there", problem.fix)


def _fit(evidence: Evidence) -> Answer:
    settings, survey = evidence.settings, evidence.survey
    ports = list(taken_ports(evidence.stack, survey))
    problems = [p for p in judge(settings, evidence.stack, survey, None) if p not in ports]
    problems += judge_paths(settings, evidence.stack, evidence.paths, survey)
    problems += judge_networks(evidence.stack, survey, evidence.networks)
    if not problems:
        return survey.os_name or "fit for a deploy"
    return Fault(
        "; ".join(problem.what for problem in problems),
        "; ".join(dict.fromkeys(problem.where for problem in problems)),
        "; ".join(problem.fix for problem in problems),
    )


def _clock(evidence: Evidence) -> Answer:
    if not evidence.survey.clock:
        return Untold("the host did not tell the time")
    said = clock_off(evidence.survey, evidence.now)
    if said is None:
        return "agrees with this machine's"
    return Fault(
        said.partition(":")[0],
        "nothing keeps its clock; schedules and certificates need the right time",
        "on the host: timedatectl set-ntp true",
    )


def _no_room(evidence: Evidence) -> str:
    ugly = [*(s.title for s in evidence.stack.services if s.volume), "Docker"]
    stop = "stop" if len(ugly) > 1 else "stops"
    return f"logs, old images or executions; {' and '.join(ugly)} {stop} in ugly ways without room"


def _noticed(
    kinds: tuple[str, ...], fine: str, cause: str | Callable[[Evidence], str]
) -> Callable[[Evidence], Answer]:
    """A threshold of the drift check's."""

    def look(evidence: Evidence) -> Answer:
        found = [n for n in of_host(evidence.condition) if n.what.split()[0] in kinds]
        if not found:
            return fine
        said = "; ".join(f"{notice.what}: {notice.actual}" for notice in found)
        why = cause if isinstance(cause, str) else cause(evidence)
        return Fault(said, why, f"on the host: {found[0].fix}")

    return look


def _ports(evidence: Evidence) -> Answer:
    """Without Docker nobody can tell whose its proxies are."""
    problems = [
        problem
        for problem in taken_ports(evidence.stack, evidence.survey)
        if evidence.survey.docker or "docker-proxy" not in problem.what
    ]
    if not problems:
        return enumerated(str(port.published) for _, port in evidence.stack.published)
    return Fault(
        "; ".join(problem.what for problem in problems),
        "another program took it while Kestra was not running, or before it was there",
        f"{problems[0].fix}; then: {evidence.deploy}",
    )


CHECKS = (
    Check(SUDO, "sudo: a password is required", _sudo),
    Check("fit", "a deploy refuses the host", _fit, (SUDO,)),
    Check("clock", "schedules start at the wrong time, TLS fails", _clock, (SUDO,)),
    Check(
        "disk",
        "No space left on device",
        _noticed(
            ("disk", "inodes"),
            "room is left",
            _no_room,
        ),
        (SUDO,),
    ),
    Check(
        "memory",
        "the host is slow, programs are killed",
        _noticed(("memory",), "some is left", "more runs here than there is memory for"),
        (SUDO,),
    ),
    Check(
        "reboot",
        "updates of kernel and libraries are not in force",
        _noticed(("reboot",), "none is due", "packages were upgraded"),
        (SUDO,),
    ),
    Check("ports free", "port is already allocated, address already in use", _ports, (SUDO,)),
)
