"""Stage stack: PostgreSQL answers each service's role, and keeps one from what is another's."""

import pytest
from testinfra.host import Host

from tests.machine.container import variable
from tests.machine.database import Database
from tests.machine.stack import DATABASES, Stack

#: Whoever has one of these, or the server's own role, has every database.
POWERS = ("rolsuper", "rolcreatedb", "rolcreaterole", "rolreplication", "rolbypassrls")
#: The role that made the server has this number.
OF_THE_SERVER = "SELECT rolname FROM pg_roles WHERE oid = 10"


@pytest.fixture(params=DATABASES)
def database(stack: Stack, request: pytest.FixtureRequest) -> Database:
    """Each one that a service of this host has."""
    return Database.of(stack, request.param)


def test_server_accepts_connections(host: Host, stack: Stack) -> None:
    ready = host.run("timeout 30 docker exec %s pg_isready -h 127.0.0.1", stack.postgres.name)
    assert ready.rc == 0, ready.stdout


def test_server_is_ready_for_the_service(host: Host, stack: Stack, database: Database) -> None:
    asked = "timeout 30 docker exec %s pg_isready -U %s -d %s"
    ready = host.run(asked, stack.postgres.name, database.user, database.name)
    assert ready.rc == 0, ready.stdout


def test_role_logs_in_with_its_password(host: Host, stack: Stack, database: Database) -> None:
    assert database.login(host, stack) == "42"


def test_role_is_refused_with_a_wrong_one(host: Host, stack: Stack, database: Database) -> None:
    said = database.login(host, stack, "wrong")
    assert "42" not in said.split()
    assert "authentication failed" in said


@pytest.mark.parametrize(("of", "wants"), [("n8n", "kestra"), ("kestra", "n8n")])
def test_role_cannot_enter_the_others(host: Host, stack: Stack, of: str, wants: str) -> None:
    own, other = (Database.of(stack, service) for service in (of, wants))
    said = own.login(host, stack, database=other.name)
    assert "42" not in said.split()
    assert f'permission denied for database "{other.name}"' in said


def test_role_owns_its_database(host: Host, stack: Stack, database: Database) -> None:
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :'name'"
    assert database.ask(host, stack, owner) == [database.user]


def test_service_is_at_work_there(host: Host, stack: Stack, database: Database) -> None:
    # Told its database in a way that it does not understand, n8n takes a file of its own.
    here = "SELECT client_addr FROM pg_stat_activity WHERE datname = :'name' AND usename = :'role'"
    networks = stack.container(database.service).networks.values()
    assert {n["IPAddress"] for n in networks} & set(database.ask(host, stack, here))


def test_nobody_but_the_server_has_power(host: Host, stack: Stack) -> None:
    powers = " OR ".join(POWERS)
    powerful = f"SELECT rolname FROM pg_roles WHERE {powers} OR pg_has_role(oid, 10, 'MEMBER')"
    kestras = Database.of(stack, "kestra")
    assert kestras.ask(host, stack, powerful) == kestras.ask(host, stack, OF_THE_SERVER)


def test_roles_of_services_are_members_of_no_other(
    host: Host, stack: Stack, database: Database
) -> None:
    if not stack.apart:
        pytest.skip(
            f"on a {stack.profile} host the only role is the server's own, above all others"
        )
    groups = "SELECT roleid::regrole FROM pg_auth_members WHERE member::regrole::text = :'role'"
    assert database.ask(host, stack, groups) == []


def test_servers_own_role_is_no_services(host: Host, stack: Stack, database: Database) -> None:
    own = database.ask(host, stack, OF_THE_SERVER)
    assert variable(host, stack.postgres, "POSTGRES_USER") == own[0]
    assert (database.user not in own) is stack.apart
