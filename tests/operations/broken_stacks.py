"""Broken stacks, each with the check that fails and whether waiting helps."""

from dataclasses import dataclass, field
from typing import Any

from kestra_provision.facts.health import HostHealth
from tests.health_seen import answered, seen
from tests.operations.fake_host import FakeHost
from tests.operations.fake_kestra import host_with

PG = "tools-kestra-postgres"


@dataclass(frozen=True)
class Case:
    """A broken stack: the check that fails, a part of its text, and whether waiting helps."""

    name: str
    detail: str
    host: FakeHost = field(default_factory=host_with)
    fatal: bool = False
    container: str = "tools-kestra"


def of_postgres(word: str, name: str, detail: str, fatal: bool = False, **container: Any) -> Case:
    return Case(name, detail, host_with(seen("postgres", word, **container)), fatal, PG)


def of_kestra(word: str, name: str, detail: str, fatal: bool = False, **container: Any) -> Case:
    return Case(name, detail, host_with(seen("kestra", word, **container)), fatal)


def of_login(word: str, detail: str, fatal: bool = False) -> Case:
    return Case("database login", detail, host_with(answered(word, detail)), fatal, PG)


POSTGRES, KESTRA = f"container {PG}", "container tools-kestra"
BROKEN = {
    "database missing": of_postgres("missing", POSTGRES, "does not exist"),
    "database exited": of_postgres("stopped", POSTGRES, "is exited, exit code 0"),
    "database restarting": of_postgres("restart-loop", POSTGRES, "restarted 7 times", fatal=True),
    "database paused": of_postgres("frozen", POSTGRES, "is frozen"),
    "database of a stranger": of_postgres("stranger", POSTGRES, "has its name", fatal=True),
    "database does not accept": of_postgres(
        "not-answering", "connections", f"{PG} is not-answering: the container is Up and accepts no"
    ),
    "database is starting": of_postgres("starting", "connections", f"{PG} is starting"),
    "env broken": Case(
        ".env",
        "/opt/kestra/.env: line 1 is not KEY=value",
        host_with(env=(True, "600 0 0\nno assignment\n.", "")),
        fatal=True,
    ),
    "wrong database password": of_login("password-refused", "PostgreSQL refuses", fatal=True),
    "database login fails otherwise": of_login("no-login", 'database "kestra" does not exist'),
    "database login hangs": of_login("no-login", "no answer"),
    "Kestra missing": of_kestra("missing", KESTRA, "does not exist"),
    "Kestra restarts for the first time": of_kestra("restarting", KESTRA, "restarted 2 times"),
    "Kestra restarts for ever": of_kestra("restart-loop", KESTRA, "restarted 7 times", fatal=True),
    "Kestra restarted, Up for a moment": of_kestra(
        "restart-loop", KESTRA, "restarted 7 times", status="running"
    ),
    "Kestra unhealthy by docker": of_kestra(
        "check-fails", KESTRA, "answers 200, and Docker's check of it fails", health="unhealthy"
    ),
    "Kestra starts": of_kestra("starting", "Kestra's ports", "tools-kestra is starting"),
    "ports closed": of_kestra("ports-closed", "Kestra's ports", "its ports 8080 and 8081 are"),
    "health down": of_kestra("unhealthy", "health", "tools-kestra is unhealthy"),
    "Docker silent": Case(POSTGRES, "Docker does not tell", host_with(HostHealth()), container=PG),
}
