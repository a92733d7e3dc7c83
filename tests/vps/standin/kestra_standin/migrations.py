"""The schema: created or checked before any port opens, in one transaction, idempotent."""

from .database import Database, DatabaseError
from .failures import RefusedError
from .log import info
from .versions import Version

LOGGER = "org.flywaydb.core.FlywayExecutor"

TABLES = (
    "flyway_schema_history (version varchar(50) primary key, installed_on varchar(40))",
    "flows (key varchar(500) primary key, namespace varchar(150), id varchar(100),"
    " revision integer, deleted boolean, value jsonb, source_code text)",
    "executions (key varchar(100) primary key, namespace varchar(150), flow_id varchar(100),"
    " state_current varchar(20), start_date varchar(40), value jsonb)",
    "logs (key bigserial primary key, execution_id varchar(100), value jsonb)",
    "kv (key varchar(500) primary key, namespace varchar(150), name varchar(250), value jsonb)",
    "files (key varchar(900) primary key, namespace varchar(150), path varchar(700), value jsonb)",
    "settings (key varchar(250) primary key, value jsonb)",
    '"queues" ("offset" bigserial primary key, type varchar(100), key varchar(250),'
    " value jsonb, updated varchar(40))",
)

# Tables the real schema has and nothing here fills: a dump or a size check should meet them.
EMPTY_TABLES = (
    "triggers",
    "templates",
    "metrics",
    "multipleconditions",
    "flow_topologies",
    "executorstate",
    "executordelayed",
    "execution_queued",
    "service_instance",
    "worker_job_running",
    "subflow_executions",
    "dashboards",
)


def migrate(database: Database, version: Version) -> None:
    """Bring the schema to `version`, or refuse a database a newer line has migrated."""
    line = version.numbers[0]
    try:
        with database.transaction() as cursor:
            # Two servers that start together must not both create the tables.
            if database.product == "PostgreSQL":
                cursor.execute("select pg_advisory_xact_lock(20240817)")
            for table in TABLES:
                cursor.execute(f"create table if not exists {table}")
            for name in EMPTY_TABLES:
                cursor.execute(
                    f"create table if not exists {name} (key varchar(250) primary key, value jsonb)"
                )
            cursor.execute("select version from flyway_schema_history")
            known = [row[0] for row in cursor.fetchall()]
            if any(int(name.split(".")[0]) > line for name in known):
                raise RefusedError(
                    f"Database was migrated by a newer major version than {version.text}:"
                    " restore the dump taken before the upgrade"
                )
            if version.text not in known:
                cursor.execute(
                    "insert into flyway_schema_history values (%s, %s)", (version.text, "installed")
                )
    except DatabaseError as problem:
        raise RefusedError(f"Unable to obtain connection from database: {problem}") from problem
    info(
        LOGGER,
        f'Schema is up to date with version "{version.text}" ({database.url.partition("?")[0]})',
    )
