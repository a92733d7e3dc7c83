"""Checks of PostgreSQL: its container, its word, and the password of `.env`."""

from __future__ import annotations

from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.container import stopped, word
from kestra_provision.doctor.deployment import DOCKER, ENV
from kestra_provision.doctor.evidence import Evidence

POSTGRES, ACCEPTING, LOGIN = "PostgreSQL", "connections", "database login"


def trouble(evidence: Evidence) -> str:
    """What is the matter with PostgreSQL, in one phrase; empty when it answers."""
    if said := word(evidence, "postgres"):
        return f"PostgreSQL is {said}"
    return "" if evidence.health.accepting else "PostgreSQL accepts no connections"


def _container(evidence: Evidence) -> Answer:
    name = evidence.settings.postgres_container_name
    return stopped(evidence, "postgres") or f"{name} is Up"


def _accepting(evidence: Evidence) -> Answer:
    name = evidence.settings.postgres_container_name
    if evidence.health.accepting:
        return "accepts connections"
    return Fault(
        f"{name} is Up and accepts no connections",
        "it starts, recovers after a crash, or cannot read its data",
        f"on the host: docker logs --tail 50 {name}; then: {evidence.deploy}",
    )


def _login(evidence: Evidence) -> Answer:
    login, settings = evidence.login, evidence.settings
    if login is None:
        return Untold("not asked")
    if login.ok:
        return login.detail
    if login.fatal:
        return Fault(
            f"PostgreSQL refuses the password in .env for {settings.db_user}",
            "the data was made with another one, and is untouched",
            "put the old value back as KESTRA_DB_PASSWORD, or on the host set the new one: "
            f"docker exec -it {settings.postgres_container_name} "
            f"psql -U {settings.db_user} -d {settings.db_name} -c '\\password'",
        )
    return Fault(
        login.detail,
        "the role, the database, or the project's own network is not as deployed",
        evidence.deploy,
    )


CHECKS = (
    Check(POSTGRES, "Kestra answers 500, then nothing", _container, (DOCKER,)),
    Check(ACCEPTING, "the database system is starting up", _accepting, (POSTGRES,)),
    Check(LOGIN, "password authentication failed", _login, (ACCEPTING, ENV)),
)
