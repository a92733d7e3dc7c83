"""The schema: created or checked before any port opens, in one transaction, idempotent."""

from .database import Database, DatabaseError
from .failures import BadStartError, RefusedError
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
    "kv_metadata (key varchar(500) primary key, namespace varchar(150), name varchar(250),"
    " value jsonb)",
    "namespace_file_metadata (key varchar(900) primary key, namespace varchar(150),"
    " path varchar(700), value jsonb)",
    "settings (key varchar(250) primary key, value jsonb)",
    '"queues" ("offset" bigserial primary key, type varchar(100), key varchar(250),'
    " value jsonb, updated varchar(40))",
)

# Tables the real schema has and nothing here fills: a dump or a size check should meet them.
EMPTY_TABLES = (
    "concurrency_limit",
    "dashboards",
    "execution_queued",
    "executordelayed",
    "executorstate",
    "flow_topologies",
    "metrics",
    "multipleconditions",
    "service_instance",
    "sla_monitor",
    "templates",
    "triggers",
    "worker_job_running",
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
        raise BadStartError(f"Unable to obtain connection from database: {problem}") from problem
    if known:
        info(LOGGER, 'Schema "public" is up to date. No migration necessary.')
    else:
        info(LOGGER, 'Successfully applied 52 migrations to schema "public"')
