"""Puts the parts together in the order the real server starts them."""

import enum
import os
import threading
import time
from collections.abc import Callable

from .auth import Gate, setup_routes
from .configuration import Configuration
from .credentials import Configured, Stored
from .database import Database, DatabaseError
from .errors import ApiError, not_found
from .failures import StuckError
from .h2 import H2
from .log import info
from .management import Management, Seen
from .messages import Request, Response
from .migrations import migrate
from .open_database import open_database
from .resources import Resources
from .router import Router
from .settings import Settings
from .site import Site
from .surface import Surface
from .tenant import with_tenant
from .versions import Version
from .watch import Watch

LOGGER = "io.kestra.cli.commands.servers"
#: Whatever the configuration says.
LOCAL_URL = "jdbc:h2:file:/app/data/h2"


class Role(enum.Enum):
    """The server types of the command line."""

    STANDALONE = "standalone"
    LOCAL = "local"
    WEBSERVER = "webserver"
    EXECUTOR = "executor"
    SCHEDULER = "scheduler"
    WORKER = "worker"
    INDEXER = "indexer"

    @property
    def serves_api(self) -> bool:
        """Tell whether this role opens the UI and API port."""
        return self in {Role.STANDALONE, Role.LOCAL, Role.WEBSERVER}

    @property
    def runs_flows(self) -> bool:
        """Tell whether executions are worked off here."""
        return self in {Role.STANDALONE, Role.LOCAL, Role.EXECUTOR}


class Application:
    """A server of one role; the constructor does everything that may fail."""

    def __init__(
        self,
        version: Version,
        role: Role,
        configuration: Configuration,
        port: str | None,
        end: Callable[[int], None],
    ) -> None:
        self._end = end
        self._version = version
        local = role is Role.LOCAL
        database = _database(version, configuration, local)
        migrate(database, version)
        settings = Settings(database)
        credentials: Configured | Stored = (
            Stored(configuration, settings)
            if version.auth_is_mandatory and not local
            else Configured(configuration)
        )
        self._watch = Watch(database, ends_at_once=version.is_one)
        self.resources = Resources(version, configuration, database, os.environ, local)
        self.resources.executor.when_queues_fail = self._watch.end_pollers

        gate = Gate(version, configuration, credentials)
        api, inside = Router(), Router()
        api.add(Site(version, configuration, settings, credentials).routes())
        if isinstance(credentials, Stored):
            api.add(setup_routes(version, credentials))
        api.add(self.resources.routes())
        seen = Seen(self._watch, self.resources.executor, api.templates, role.name)
        inside.add(Management(version, configuration, database, seen, lambda: end(0)).routes())

        host = configuration.text("micronaut.server.host", "0.0.0.0")
        http_port = configuration.number("micronaut.server.port", 8080)
        http_port = configuration.number("server.port", http_port) if port is None else int(port)
        management_port = 0 if local else configuration.number("endpoints.all.port", 8081)
        banner = f"kestra-standin/{version.text}"
        answer_inside = inside.dispatch if version.is_one else _after(inside, gate)
        self._surfaces = [Surface(host, management_port, answer_inside, banner)]
        if role.serves_api:
            self._surfaces.append(Surface(host, http_port, _before(api, gate, version), banner))
        elif version.is_one:
            self._surfaces.append(Surface(host, http_port, _other_role, banner))
        self._role = role

    def start(self) -> None:
        """Open the ports and start working; nothing listens before the start time is over."""
        if not self._version.is_one:
            wait_for_the_start()
        if self._role.runs_flows:
            self.resources.executor.start()
        self._watch.start(self._close_ports, self._end)
        for surface in self._surfaces:
            surface.open()
        ports = ", ".join(str(surface.port) for surface in self._surfaces)
        info(LOGGER, f"Server Running: {self._role.name}, listening on {ports} (stand-in)")
        address = f"http://localhost:{self._surfaces[0].port}/health"
        info("io.kestra.cli.Kestra", f"Health endpoint is available at '{address}'")

    def stop(self) -> None:
        """Stop taking requests, let running tasks end."""
        if self._version.is_one:
            info("io.kestra.worker", "Waiting for all worker threads to terminate")
        self._close_ports()
        self.resources.executor.stop()

    def _close_ports(self) -> None:
        threads = [threading.Thread(target=surface.close) for surface in self._surfaces]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(1)


def _database(version: Version, configuration: Configuration, local: bool) -> Database:
    if local:
        return H2(LOCAL_URL)
    if configuration.get("kestra.storage.type") is None:
        raise StuckError("Incomplete server configuration - missing required properties")
    if not version.is_one:
        return open_database(configuration)
    database = open_database(configuration)
    # A JVM is slower: it has not asked for its database when a PostgreSQL that restarts is back.
    wait_for_the_start()
    for _ in range(10):
        try:
            database.ping()
            break
        except DatabaseError:
            time.sleep(_start_seconds() / 4)
    return database


def wait_for_the_start() -> None:
    """Take as long as starting takes."""
    time.sleep(_start_seconds())


def _start_seconds() -> float:
    return float(os.environ.get("STANDIN_START_SECONDS", "1"))


def _other_role(request: Request) -> Response:
    """Answer as the roles do that have the port and no API on it."""
    if request.path == "/ping":
        return Response(200, b"pong", "application/json")
    raise not_found()


def _before(router: Router, gate: Gate, version: Version) -> Callable[[Request], Response]:
    def handle(request: Request) -> Response:
        if version.is_one:
            request.route = with_tenant(request.path)
        return gate.refuse(request) or router.dispatch(request)

    return handle


def _after(router: Router, gate: Gate) -> Callable[[Request], Response]:
    """Management endpoints pass without the gate, everything else on their port meets it."""

    def handle(request: Request) -> Response:
        try:
            return router.dispatch(request)
        except ApiError as problem:
            refusal = gate.refuse(request) if problem.status == 404 else None
            if refusal is None:
                raise
            return refusal

    return handle
