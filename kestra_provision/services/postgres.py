"""PostgreSQL: the database server of the stack."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from kestra_provision.settings import passwords
from kestra_provision.settings.sections.postgres import PostgresSection
from kestra_provision.settings.versions import postgres_data_mount, postgres_major
from kestra_provision.stack.question import RUNNING, Meaning, Question
from kestra_provision.stack.service import Database, MadeWith, Port, Secret, Service, Volume
from kestra_provision.stack.sizing import Share

NAME = "postgres"
PORT = 5432
#: From 18 on the image keeps it a folder deeper.
_VERSION = "cat $d/PG_VERSION $d/*/docker/PG_VERSION | head -n 1"
#: Run by the server's own role, whom its socket trusts, in the database that every server has. A
#: statement that fails is not logged: the password would stand there.
_MAKE = r"""IFS= read -r PASSWORD
export PASSWORD
exec psql -qAtX -v ON_ERROR_STOP=1 -v role="$1" -v database="$2" \
    -U "$POSTGRES_USER" -d postgres >/dev/null <<'SQL'
SET log_min_error_statement = panic;
SET log_statement = none;
SET log_min_duration_statement = -1;
\set password `printenv PASSWORD`
SELECT format('CREATE ROLE %I', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
ALTER DATABASE :"database" OWNER TO :"role";
REVOKE ALL ON DATABASE :"database", postgres, template1 FROM PUBLIC;
GRANT ALL ON DATABASE :"database" TO :"role";
SQL
"""


def postgres(
    settings: PostgresSection,
    project: str,
    internal: str,
    databases: tuple[Database, ...],
    *,
    apart: bool = False,
) -> Service:
    """The server of this stack alone: nobody outside of it has a way in.

    + project: compose's name of it
    + internal: the project's own Docker network
    + databases: with their roles
    + apart: the server has a role of its own, and each database is made on the live server: an
      image reads its variables on an empty volume only. Else the image makes the only database,
      whose role is the server's own
    """
    return Service(
        name=NAME,
        title="PostgreSQL",
        image=settings.postgres_image,
        image_setting="postgres_image",
        container=settings.postgres_container_name,
        container_setting="postgres_container_name",
        networks=frozenset({internal}),
        memory=Share("postgres_memory_mb", settings.postgres_memory_mb, divisor=6, least=256),
        stop_grace=60,
        ports=(Port(PORT, _purpose(databases)),),
        secrets=(
            Secret(passwords.SERVER, "POSTGRES_PASSWORD")
            if apart
            else Secret(databases[0].secret, "POSTGRES_PASSWORD", bound=True),
        ),
        databases=databases,
        makes=_MAKE,
        made_with=() if apart else _made_with(settings),
        volume=Volume(
            name=f"{project}_postgres-data",
            short="postgres-data",
            mount=postgres_data_mount(settings.postgres_image),
            version=_VERSION,
            major=postgres_major(settings.postgres_image),
        ),
        symptom="Kestra answers 500, then nothing",
        questions=tuple(_questions(settings, databases, apart)),
    )


def _purpose(databases: tuple[Database, ...]) -> str:
    if len(databases) == 1:
        return f"database `{databases[0].name}` of Kestra"
    return f"databases {', '.join(f'`{each.name}`' for each in databases)}"


def _made_with(settings: PostgresSection) -> tuple[MadeWith, ...]:
    return (
        MadeWith("db_name", settings.db_name, "KESTRA_DB_NAME", "POSTGRES_DB"),
        MadeWith("db_user", settings.db_user, "KESTRA_DB_USER", "POSTGRES_USER"),
    )


def _questions(
    settings: PostgresSection, databases: tuple[Database, ...], apart: bool
) -> Iterator[Question]:
    not_ready = Meaning(
        cause="it starts, recovers after a crash, or cannot read its data",
        fix="on the host: docker logs --tail 50 {container}; then: {deploy}",
    )
    yield Question(
        name="connections",
        symptom="the database system is starting up",
        meanings={"not-answering": not_ready, "starting": not_ready},
    )
    for database in databases:
        of = f" of {database.user}" if len(databases) > 1 else ""
        yield _login(settings.postgres_container_name, database, f"database login{of}", apart)


def _login(container: str, database: Database, name: str, apart: bool) -> Question:
    new_password = (
        f"docker exec -it {container} psql -U {database.user} -d {database.name} -c '\\password'"
    )
    gone = Meaning(
        cause="it was dropped, or a deploy did not get that far", fix="{deploy}", makes=True
    )
    return Question(
        name=name,
        symptom="password authentication failed",
        meanings={
            RUNNING: Meaning(ok=True),
            "password-refused": Meaning(
                cause="somebody changed it, here or there; the role gets the one of .env",
                fix="{deploy}",
                makes=True,
            )
            if apart
            else Meaning(
                cause="the data was made with another one, and is untouched",
                fix=f"put the old value back as {database.secret}, or on the host set the new "
                f"one: {new_password}",
                waits=False,
            ),
            "no-role": gone,
            "no-database": replace(gone, fix="{deploy}; it makes an empty one"),
            "not-owner": Meaning(
                cause="somebody gave it to another role; a new version could not change its tables",
                fix="{deploy}",
                makes=True,
            ),
            "no-login": Meaning(
                cause="the role, the database, or the project's own network is not as deployed",
                fix="{deploy}",
            ),
        },
        asks=shlex.join(["login_postgres", database.user, database.name, database.secret]),
        secret=database.secret,
        renew=new_password,
    )
