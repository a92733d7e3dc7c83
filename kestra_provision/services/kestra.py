"""Kestra: the orchestrator itself."""

from __future__ import annotations

from kestra_provision.services.script_tasks import warning
from kestra_provision.settings import Settings, passwords
from kestra_provision.stack.configuration import Configuration
from kestra_provision.stack.files import Directory, Mounted
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.limits import TASKS_GRACE
from kestra_provision.stack.question import Meaning, Question
from kestra_provision.stack.service import Database, MadeWith, Page, Port, Secret, Service, Store
from kestra_provision.stack.sizing import Share

NAME = "kestra"
UI, MANAGEMENT = 8080, 8081
#: Where the container has the form of its log, if that is another one than Kestra's own.
LOGBACK_MOUNT = "/etc/kestra/logback.xml"
#: Where it looks for plugins; those of its image are there too, so jars are mounted one by one.
_PLUGINS = "/app/plugins"


def kestra(
    settings: Settings,
    networks: frozenset[str],
    database: Database | None,
    needs: tuple[str, ...] = (),
    made_with: tuple[MadeWith, ...] = (),
) -> Service:
    """A server that does everything itself.

    + networks: Docker networks that it joins
    + database: where its flows and executions are; None is a file of its own
    + needs: services that it cannot start without
    + made_with: what its data was made with, where the server does not tell
    """
    layout = Layout(settings.root_dir)
    ui = Port(
        UI,
        f"UI and API: <{settings.url}>",
        published=settings.http_port,
        address=settings.bind_address,
        setting="http_port",
        variable="KESTRA_HTTP_PORT",
        bound_by="bind_address",
    )
    return Service(
        name=NAME,
        title="Kestra",
        image=settings.kestra_image,
        image_setting="kestra_image",
        container=settings.container_name,
        container_setting="container_name",
        networks=networks,
        memory=Share("kestra_memory_mb", settings.kestra_memory_mb, divisor=2, least=1024),
        stop_grace=TASKS_GRACE + 60,
        needs=needs,
        ports=(
            ui,
            Port(
                MANAGEMENT,
                "`/health`, `/prometheus`; it has no password",
                published=settings.management_port,
                address="127.0.0.1",
                setting="management_port",
                variable="KESTRA_MANAGEMENT_PORT",
                title="management port",
            ),
        ),
        page=Page(settings.url, "kestra_url", ui),
        database=database,
        store=None if database else _store(layout),
        keeps="" if database else _keeps(layout),
        environment={
            "KESTRA_HTTP_PORT": str(settings.http_port),
            "KESTRA_MANAGEMENT_PORT": str(settings.management_port),
            **(_login(database) if database else {}),
            "KESTRA_BASICAUTH_USERNAME": settings.basic_auth_username,
        },
        secrets=(
            *((Secret(database.secret, bound=not made_with),) if database else ()),
            Secret(passwords.BASIC_AUTH),
            Secret(passwords.ENCRYPTION, bound=True),
        ),
        configuration=Configuration(layout.application, "/etc/kestra/application.yaml"),
        variables=Configuration(layout.flow_secrets, "/etc/kestra/flow-secrets.env"),
        mounted=tuple(
            Mounted(f"{layout.plugins}/{plugin.jar}", f"{_PLUGINS}/{plugin.jar}")
            for plugin in settings.kestra_plugins
        ),
        made_with=made_with,
        directories=(
            Directory(f"{layout.root}/tools", "755"),
            Directory(f"{layout.root}/tools/kestra", "755"),
            Directory(layout.storage, "750", owner=NAME),
            Directory(layout.workdir, "750", owner=NAME),
            *((Directory(layout.plugins, "755"),) if settings.kestra_plugins else ()),
            *(() if database else (Directory(layout.database, "750", owner=NAME),)),
        ),
        drains=True,
        warns=warning(settings),
        symptom="the UI is not there",
        questions=(_ports(settings), _health(settings)),
    )


def _login(database: Database) -> dict[str, str]:
    return {
        # The container and not the service: another stack on the shared network may well
        # have a service of that name too.
        "KESTRA_DB_HOST": database.host,
        "KESTRA_DB_PORT": str(database.port),
        "KESTRA_DB_NAME": database.name,
        "KESTRA_DB_USER": database.user,
    }


def _store(layout: Layout) -> Store:
    """A file of H2, the database that is a part of Kestra itself."""
    return Store(layout.database, "/app/database", "kestra", "kestra.mv.db")


def _keeps(layout: Layout) -> str:
    return (
        f"no database server, for trying out: a removed container loses everything but "
        f"{layout.database} (flows, executions, logs) and {layout.storage} (files, the KV store); "
        "docker rm leaves both, rm -rf of one loses that for ever, and there is no other copy"
    )


def _ports(settings: Settings) -> Question:
    half = Meaning(
        cause="it is just starting or ending, or the container was made with other ports",
        fix="{deploy}",
    )
    return Question(
        name="Kestra's ports",
        symptom="connection refused while docker ps shows it as Up",
        meanings={
            "starting": Meaning(
                cause="it is still starting; after an upgrade its database is migrated for minutes",
                fix="wait, then: {doctor}",
            ),
            # One that lost its database for half a minute closes its ports for ever.
            "ports-closed": Meaning(
                cause="it lost its database for a while and does not see that it is back, "
                "or stopped its start at a value it cannot take",
                fix="{deploy}; when they stay closed: {logs}",
                restart=True,
                effect=Meaning(
                    cause="Kestra closes its ports when it loses its database; "
                    "a minute later it may exit",
                    fix="{deploy}",
                ),
            ),
            # Its first connection failed. It exits, or it stays like that, and Docker sees nothing.
            "stuck": Meaning(
                cause="what it needs was away when it started, or it cannot take its configuration",
                fix="{deploy}; when it fails again: {logs}",
                waits=False,
                restart=True,
                effect=Meaning(cause="{because}", fix="{deploy}"),
            ),
            "ui-closed": half,
            "management-closed": half,
        },
        fine=f"{settings.http_port} and {settings.management_port} answer",
    )


def _health(settings: Settings) -> Question:
    fix = "{deploy}; then: {logs} --since 10m"
    down = Meaning(
        cause="a component is DOWN, mostly the database or the storage",
        fix=fix,
        effect=Meaning(cause="{because}", fix=fix),
    )
    return Question(
        name="health",
        symptom="the UI opens, and executions do not start",
        meanings={
            "shutting-down": Meaning(
                cause="it lost its database for a moment, or met another fault that it cannot live "
                "with: until it is gone, minutes later, it answers and starts no execution",
                fix="{deploy}",
                restart=True,
                effect=Meaning(cause="{because}", fix="{deploy}"),
            ),
            # Its thread for delayed executions ends at the first connection that it does not get.
            "stale": Meaning(
                cause="what it needs went away under it and came back: what waits for a delay or a "
                "retry may never go on",
                fix="{deploy}",
                restart=True,
                effect=Meaning(cause="{because}", fix="{deploy}"),
            ),
            "unhealthy": down,
            "not-answering": down,
            "health-missing": Meaning(
                cause="another program answers there, or the endpoint was turned off; "
                f"port {settings.http_port} has no /health at all",
                fix="{deploy}",
            ),
            "health-locked": Meaning(
                cause="endpoints.all.basic-auth was put into application.yaml", fix="{deploy}"
            ),
        },
        fine="UP",
    )


def heap(memory_mb: int) -> int:
    """The JVM's part of Kestra's memory limit, in MiB.

    Two thirds: threads, metaspace and the script tasks' own processes need the rest. Kestra's
    launcher would take half of what it sees (MaxRAMPercentage=50).
    """
    return memory_mb * 2 // 3
