"""n8n: workflow automation that runs beside Kestra while its workflows move over."""

from __future__ import annotations

from kestra_provision.settings import passwords
from kestra_provision.settings.sections.n8n import N8nSection
from kestra_provision.stack.files import Directory
from kestra_provision.stack.question import Meaning, Question
from kestra_provision.stack.service import Database, MadeWith, Page, Port, Secret, Service
from kestra_provision.stack.sizing import Share

NAME = "n8n"
PORT = 5678
#: Seconds that it gives running executions to end when it is stopped; its own default is 30.
GRACE = 120


def n8n(
    settings: N8nSection,
    image: str,
    root: str,
    networks: frozenset[str],
    database: Database,
    server: str,
) -> Service:
    """A single instance with its data on the database server of the stack.

    + image: its reference
    + root: directory of the stack on the host
    + networks: Docker networks that it joins
    + database: where its workflows and executions are
    + server: the service that has the database
    """
    data = f"{root}/tools/n8n/data"
    editor = Port(
        PORT,
        f"n8n's editor, API and webhooks: <{settings.n8n_address}>",
        published=settings.n8n_port,
        address=settings.n8n_bind_address,
        setting="n8n_port",
        variable="N8N_PORT",
        bound_by="n8n_bind_address",
    )
    return Service(
        name=NAME,
        title="n8n",
        image=image,
        image_setting="n8n_image",
        container=settings.n8n_container_name,
        container_setting="n8n_container_name",
        networks=networks,
        memory=Share("n8n_memory_mb", settings.n8n_memory_mb, divisor=8, least=512),
        stop_grace=GRACE + 30,
        needs=(server,),
        ports=(editor,),
        page=Page(settings.n8n_address, "n8n_url", editor),
        database=database,
        environment={
            "N8N_PORT": str(settings.n8n_port),
            "N8N_DB_NAME": database.name,
            "N8N_DB_USER": database.user,
        },
        secrets=(
            Secret(database.secret, "DB_POSTGRESDB_PASSWORD"),
            Secret(
                passwords.N8N_ENCRYPTION, "N8N_ENCRYPTION_KEY", bound=True, file=f"{data}/config"
            ),
        ),
        made_with=(
            MadeWith("n8n_db_name", database.name, "N8N_DB_NAME", "DB_POSTGRESDB_DATABASE"),
            MadeWith("n8n_db_user", database.user, "N8N_DB_USER", "DB_POSTGRESDB_USER"),
        ),
        directories=(
            Directory(f"{root}/tools/n8n", "755"),
            # Its key lies there as well: nobody else needs to look in.
            Directory(data, "700", owner=NAME),
        ),
        symptom="n8n's editor is not there",
        questions=(_port(settings), _readiness()),
    )


def _port(settings: N8nSection) -> Question:
    return Question(
        name="n8n's port",
        symptom="connection refused at n8n",
        meanings={
            "starting": Meaning(
                cause="it is still starting; after an upgrade its database is migrated",
                fix="wait, then: {doctor}",
            ),
            # Its first sign of life comes after its database's.
            "port-closed": Meaning(
                cause="it waits for its database, or stopped its start at a value it cannot take",
                fix="{deploy}; then: {its_logs}",
                effect=Meaning(cause="{because}, and n8n listens only after that", fix="{deploy}"),
            ),
        },
        fine=f"{settings.n8n_port} answers",
    )


def _readiness() -> Question:
    fix = "{deploy}; then: {its_logs}"
    down = Meaning(
        cause="it lost its database, or is migrating it",
        fix=fix,
        effect=Meaning(cause="{because}", fix=fix),
    )
    return Question(
        name="n8n's readiness",
        symptom="n8n answers 503, or its editor does not load",
        meanings={"not-ready": down, "not-answering": down},
        fine="/healthz/readiness answers 200",
    )
