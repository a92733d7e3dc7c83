"""PostgreSQL: the database server of the stack."""

from __future__ import annotations

import shlex

from kestra_provision.settings import passwords
from kestra_provision.settings.sections.postgres import PostgresSection
from kestra_provision.settings.versions import postgres_data_mount, postgres_major
from kestra_provision.stack.question import RUNNING, Meaning, Question
from kestra_provision.stack.service import MadeWith, Port, Secret, Service, Volume
from kestra_provision.stack.sizing import Share

NAME = "postgres"
PORT = 5432
#: From 18 on the image keeps it a folder deeper.
_VERSION = "cat $d/PG_VERSION $d/*/docker/PG_VERSION | head -n 1"


def postgres(settings: PostgresSection, project: str, internal: str) -> Service:
    """The server of this stack alone: nobody outside of it has a way in.

    + project: compose's name of it
    + internal: the project's own Docker network
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
        ports=(Port(PORT, f"database `{settings.db_name}` of Kestra"),),
        secrets=(Secret(passwords.DB, "POSTGRES_PASSWORD"),),
        made_with=(
            MadeWith("db_name", settings.db_name, "POSTGRES_DB"),
            MadeWith("db_user", settings.db_user, "POSTGRES_USER"),
        ),
        volume=Volume(
            name=f"{project}_postgres-data",
            short="postgres-data",
            mount=postgres_data_mount(settings.postgres_image),
            version=_VERSION,
            major=postgres_major(settings.postgres_image),
        ),
        symptom="Kestra answers 500, then nothing",
        questions=_questions(settings),
    )


def _questions(settings: PostgresSection) -> tuple[Question, ...]:
    name, user = settings.postgres_container_name, settings.db_user
    not_ready = Meaning(
        cause="it starts, recovers after a crash, or cannot read its data",
        fix="on the host: docker logs --tail 50 {container}; then: {deploy}",
    )
    new_password = f"docker exec -it {name} psql -U {user} -d {settings.db_name} -c '\\password'"
    return (
        Question(
            name="connections",
            symptom="the database system is starting up",
            meanings={"not-answering": not_ready, "starting": not_ready},
        ),
        Question(
            name="database login",
            symptom="password authentication failed",
            meanings={
                RUNNING: Meaning(ok=True),
                "password-refused": Meaning(
                    cause="the data was made with another one, and is untouched",
                    fix=f"put the old value back as {passwords.DB}, or on the host set the new "
                    f"one: {new_password}",
                    waits=False,
                ),
                "no-login": Meaning(
                    cause="the role, the database, or the project's own network is not as deployed",
                    fix="{deploy}",
                ),
            },
            asks=shlex.join(["login_postgres", user, settings.db_name, passwords.DB]),
            secret=passwords.DB,
            renew=new_password,
        ),
    )
