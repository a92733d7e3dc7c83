"""n8n beside the PostgreSQL of the contract tests: the stand-in, or the image somebody names."""

import time
from collections.abc import Mapping, Sequence

import httpx

from tests.contract.container import Container
from tests.contract.stack import Stack
from tests.vps.engine import docker

PORT = 5678
STARTING = "n8n is starting up. Please wait"
PASSWORD = "n8n-Database_Pw"
KEY = "n8n-Encryption_Key-0123456789"
#: What a provisioner sets; without the middle part n8n fills its log with advice.
ENVIRONMENT = {
    "DB_TYPE": "postgresdb",
    "DB_POSTGRESDB_HOST": "postgres",
    "DB_POSTGRESDB_USER": "n8n",
    "DB_POSTGRESDB_PASSWORD": PASSWORD,
    "N8N_ENCRYPTION_KEY": KEY,
    "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS": "true",
    "N8N_RUNNERS_ENABLED": "true",
    "N8N_BLOCK_ENV_ACCESS_IN_NODE": "true",
    "N8N_GIT_NODE_DISABLE_BARE_REPOS": "true",
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "STANDIN_CRASH_SECONDS": "0.2",
    "STANDIN_START_SECONDS": "0.1",
}


class N8n(Container):
    """One container with n8n in it."""

    def status(self, path: str, limit: float = 5) -> int:
        """Return the status of a GET, 0 when nothing answers or n8n says that it is starting."""
        try:
            answer = httpx.get(f"{self.url(PORT)}{path}", timeout=limit)
        except (httpx.HTTPError, IndexError):
            return 0
        # While it migrates, n8n answers 200 to everything, with this text.
        return 0 if answer.text == STARTING else answer.status_code

    def wait_for(self, path: str, status: int, limit: float = 120) -> "N8n":
        """Wait until a GET has this status."""
        deadline = time.monotonic() + limit
        while (found := self.status(path)) != status:
            assert time.monotonic() < deadline, f"{path} is {found}:\n{self.logs()}"
            assert self.state()[0] == "running", self.logs()
            time.sleep(0.1)
        return self

    def shell(self, command: str) -> tuple[int, str]:
        """Run a line in the container; return its exit code and what it printed."""
        done = docker("exec", self.name, "sh", "-c", command, check=False)
        return done.returncode, done.stdout + done.stderr


class N8nStack:
    """Starts n8n in the network of a stack; role and databases are its own."""

    def __init__(self, stack: Stack, image: str) -> None:
        self.stack = stack
        self._image = image
        self._started: list[str] = []
        self._volumes: list[str] = []
        found = stack.sql("select 1 from pg_roles where rolname = 'n8n'")
        if not found:
            stack.sql(f"create role n8n login password '{PASSWORD}'")

    def database(self) -> str:
        """Create an empty database of n8n's role and return its name."""
        name = self.stack.new_database()
        self.stack.sql(f"alter database {name} owner to n8n")
        return name

    def volume(self) -> str:
        """Create a volume for the data folder and return its name."""
        name = self.stack.new_name("n8n-data")
        docker("volume", "create", name)
        self._volumes.append(name)
        return name

    def run(
        self,
        environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> N8n:
        """Start a container with the usual environment and these changes to it."""
        name = self.stack.new_name("n8n")
        given = ENVIRONMENT | dict(environment or {})
        pairs = [f"{key}={value}" for key, value in given.items() if key not in without]
        arguments = [part for pair in pairs for part in ("-e", pair)]
        arguments += ["--network", self.stack.name, "-p", f"127.0.0.1::{PORT}", "-m", "1500m"]
        self._started.append(name)
        docker("run", "-d", "--name", name, *arguments, *options, self._image)
        return N8n(name)

    def ready(
        self, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
    ) -> N8n:
        """Start one and wait until it serves its settings: readiness comes a moment earlier."""
        environment = environment or {"DB_POSTGRESDB_DATABASE": self.database()}
        return self.run(environment, options).wait_for("/rest/settings", 200)

    def remove(self) -> None:
        """Remove everything this started."""
        if self._started:
            docker("rm", "--force", "--volumes", *reversed(self._started), check=False)
        if self._volumes:
            docker("volume", "rm", *self._volumes, check=False)
