"""The tables: a few of n8n's, with the columns a test may look at."""

from .database import Database

_STAMPS = """
"createdAt" timestamp(3) with time zone not null default current_timestamp(3),
"updatedAt" timestamp(3) with time zone not null default current_timestamp(3)"""

#: Name, time as n8n writes it into the name, and what the migration does.
_MIGRATIONS = (
    (
        "InitialMigration",
        1587669153312,
        f"""
create table credentials_entity (
  name varchar(128) not null, data text not null, type varchar(128) not null, {_STAMPS},
  id varchar(36) primary key, "isManaged" boolean not null default false,
  "isGlobal" boolean not null default false);
create table workflow_entity (
  name varchar(128) not null, active boolean not null, nodes json not null,
  connections json not null, {_STAMPS}, settings json, "staticData" json, "pinData" json,
  "versionId" char(36) not null, "triggerCount" integer not null default 0,
  id varchar(36) primary key, meta json, "isArchived" boolean not null default false,
  "versionCounter" integer not null default 1, description text,
  "activeVersionId" varchar(36));
create table execution_entity (
  id serial primary key, finished boolean not null, mode varchar not null,
  "startedAt" timestamp(3) with time zone, "stoppedAt" timestamp(3) with time zone,
  status varchar not null,
  "workflowId" varchar(36) not null references workflow_entity (id) on delete cascade)""",
    ),
    (
        "CreateUserManagement",
        1646992772331,
        f"""
create table settings (
  key varchar(255) primary key, value text not null,
  "loadOnStartup" boolean not null default false);
create table "user" (
  id uuid primary key default gen_random_uuid(), email varchar(255) unique,
  "firstName" varchar(32), "lastName" varchar(32), password varchar(255), {_STAMPS},
  disabled boolean not null default false, "mfaEnabled" boolean not null default false,
  "roleSlug" varchar(128) not null default 'global:member');
insert into "user" ("roleSlug") values ('global:owner');
insert into settings values ('userManagement.isInstanceOwnerSetUp', 'false', true)""",
    ),
)


def migrate(database: Database) -> list[str]:
    """Bring the tables up to date and return the names of the migrations that did it."""
    # n8n makes a schema that is missing as well, when its role may.
    if database.schema != "public":
        database.run(f'create schema if not exists "{database.schema}"')
    database.run(
        "create table if not exists migrations"
        " (id serial primary key, timestamp bigint not null, name varchar not null)"
    )
    there = {row[0] for row in database.run("select name from migrations")}
    done = []
    for word, stamp, statements in _MIGRATIONS:
        name = f"{word}{stamp}"
        if name not in there:
            record = "insert into migrations (timestamp, name) values (%s, %s)"
            database.run(f"{statements}; {record}", (stamp, name))
            done.append(name)
    return done
