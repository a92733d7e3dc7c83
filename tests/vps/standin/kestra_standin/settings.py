"""The `settings` table: what the instance remembers about itself."""

import json
import secrets
import string
from typing import Any

from .database import Database, document

_ALPHABET = string.digits + string.ascii_letters


def new_id() -> str:
    """Return an identifier as Kestra makes them: 22 characters of base 62."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(22))


class Settings:
    """Values by key, kept in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        rows = self._database.run("select value from settings where key = %s", (key,))
        return document(rows[0][0]) if rows else None

    def put(self, key: str, value: Any) -> None:
        """Store a value, replacing what was there."""
        with self._database.transaction() as cursor:
            cursor.execute("delete from settings where key = %s", (key,))
            cursor.execute("insert into settings values (%s, %s)", (key, json.dumps(value)))

    def drop(self, key: str) -> None:
        """Forget a value."""
        self._database.run("delete from settings where key = %s", (key,))

    def instance_id(self) -> str:
        """Return the identifier of this installation, made on the first call."""
        found = self.get("instance.uuid")
        if found is None:
            found = {"value": new_id()}
            self.put("instance.uuid", found)
        return str(found["value"])
