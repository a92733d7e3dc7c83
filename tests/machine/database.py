"""A database of the stack as its own role and as the server's; passwords stay on the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from testinfra.host import Host

from tests.machine.stack import DATABASES, Stack

#: Reads the password on the host and hands it over on stdin; `$1` .env, `$2` container, `$3` whose,
#: `$4` its name, `$5` role, `$6` database. Over the network by the server's name: on its own
#: loopback the image trusts everybody.
_LOGIN = """
exec 2>&1; . "$1" 2>/dev/null
password=${!4}; [ "$3" = ours ] || password=Wrong-on-purpose-1
printf '%s\\n' "$password" | timeout 30 docker exec -i "$2" sh -c '
    IFS= read -r PGPASSWORD; export PGPASSWORD PGCONNECT_TIMEOUT=10
    exec psql -w -h "$1" -p "$2" -U "$3" -d "$4" -qtAc "select 40 + 2"
' login "$KESTRA_DB_HOST" "$KESTRA_DB_PORT" "$5" "$6"
"""
#: `$1` container, `$2` statement, `$3` database, `$4` role; in the statement :'name' and :'role'.
_ASK = """
printf '%s\\n' "$2" | timeout 30 docker exec -i "$1" sh -c '
    exec psql -U "$POSTGRES_USER" -d postgres -v ON_ERROR_STOP=1 -v name="$1" -v role="$2" -qtA
' ask "$3" "$4"
"""


@dataclass(frozen=True)
class Database:
    """What `.env` says: names, and the name of the secret."""

    service: str
    name: str
    user: str
    secret: str

    @classmethod
    def of(cls, stack: Stack, service: str) -> Database:
        """Of a service that this host has, on a server that it has too."""
        for needed in (service, "postgres"):
            stack.need(needed)
        prefix = DATABASES[service]
        name, user = (stack.setting(f"{prefix}_{what}") for what in ("NAME", "USER"))
        return cls(service, name, user, f"{prefix}_PASSWORD")

    def login(
        self,
        host: Host,
        stack: Stack,
        who: Literal["ours", "wrong"] = "ours",
        database: str | None = None,
    ) -> str:
        """What the server says to this role: 42, or why not.

        + who: with what stands in `.env`, or with a wrong password
        + database: another one than its own
        """
        arguments = (self.secret, self.user, database or self.name)
        env, server = f"{stack.root}/.env", stack.postgres.name
        said = host.run("bash -c %s login %s %s %s %s %s %s", _LOGIN, env, server, who, *arguments)
        return str(said.stdout.strip())

    def ask(self, host: Host, stack: Stack, statement: str) -> list[str]:
        """The rows that the server's own role sees."""
        arguments = (stack.postgres.name, statement, self.name, self.user)
        asked = host.run("sh -c %s ask %s %s %s %s", _ASK, *arguments)
        assert asked.rc == 0, asked.stderr
        return str(asked.stdout).splitlines()
