"""Workflows and credentials: rows that last, and secrets that only the right key reads."""

import json
import secrets
import string
import uuid
from typing import Any

from .cipher import DecryptError, decrypt, encrypt
from .database import Database
from .server import Request, Response

_LISTED = ["updatedAt", "createdAt", "id", "name", "description", "active", "isArchived"]
_LISTED += ["settings", "versionId", "activeVersionId"]
_WORKFLOW = [*_LISTED, "nodes", "connections", "staticData", "meta", "pinData"]
_WORKFLOW += ["versionCounter", "triggerCount"]
_CREDENTIAL = ["updatedAt", "createdAt", "id", "name", "data", "type", "isManaged", "isGlobal"]
#: What n8n shows in place of a secret.
BLANK = "__n8n_BLANK_VALUE_e5362baf-c777-4d57-a609-6eaf1f9e87f6"
_PROJECT = {"id": "standinProject01", "type": "personal", "name": "", "icon": None}
_OF_OWNER: dict[str, Any] = {"homeProject": _PROJECT, "sharedWithProjects": []}
_ALPHABET = string.ascii_letters + string.digits


class Store:
    """The rows behind the REST API and the export commands."""

    def __init__(self, database: Database, key: str) -> None:
        self._database = database
        self._key = key

    def workflows(self) -> list[dict[str, Any]]:
        """Return all of them."""
        return self._rows("workflow_entity", _WORKFLOW)

    def credentials(self, decrypted: bool = False) -> list[dict[str, Any]]:
        """Return all of them, their data as it is stored or in the clear."""
        rows = self._rows("credentials_entity", _CREDENTIAL)
        if decrypted:
            return [row | {"data": decrypt(row["data"], self._key)} for row in rows]
        return rows

    def list_workflows(self, _request: Request) -> Response:
        """GET /rest/workflows."""
        listed = [
            {name: row[name] for name in _LISTED} | {"parentFolder": None, "tags": []} | _OF_OWNER
            for row in self.workflows()
        ]
        return Response.json({"count": len(listed), "data": listed})

    def add_workflow(self, request: Request) -> Response:
        """POST /rest/workflows."""
        given, key = request.json(), _new_id()
        self._database.run(
            "insert into workflow_entity (id, name, active, nodes, connections, settings,"
            ' "versionId") values (%s, %s, false, %s, %s, %s, %s)',
            (
                key,
                str(given.get("name", "My workflow")),
                json.dumps(given.get("nodes", [])),
                json.dumps(given.get("connections", {})),
                json.dumps(given["settings"]) if given.get("settings") else None,
                str(uuid.uuid4()),
            ),
        )
        [row] = [row for row in self.workflows() if row["id"] == key]
        more = {"tags": [], "parentFolder": None, "activeVersion": None, **_OF_OWNER}
        more |= {"usedCredentials": [], "scopes": ["workflow:read", "workflow:update"]}
        return Response.json({"data": row | more})

    def list_credentials(self, _request: Request) -> Response:
        """GET /rest/credentials: without their data."""
        rows = self.credentials()
        for row in rows:
            del row["data"]
        return Response.json({"data": [row | _OF_OWNER for row in rows]})

    def add_credential(self, request: Request) -> Response:
        """POST /rest/credentials."""
        given, key = request.json(), _new_id()
        self._database.run(
            "insert into credentials_entity (id, name, type, data) values (%s, %s, %s, %s)",
            (
                key,
                str(given.get("name", "")),
                str(given.get("type", "")),
                encrypt(given.get("data", {}), self._key),
            ),
        )
        [row] = [row for row in self.credentials() if row["id"] == key]
        return Response.json({"data": row | {"scopes": ["credential:read"]}})

    def one_credential(self, request: Request) -> Response:
        """GET /rest/credentials/ID: a key that does not fit shows as no data, not as an error."""
        key = request.path.rsplit("/", 1)[-1]
        found = [row for row in self.credentials() if row["id"] == key]
        if not found:
            return Response.problem(404, f'Credential with ID "{key}" could not be found.')
        row = found[0]
        stored = row.pop("data")
        if request.query.get("includeData") == ["true"]:
            row = {"data": self._blanked(stored), **row}
        return Response.json({"data": row | {"scopes": ["credential:read"]}})

    def _blanked(self, stored: str) -> dict[str, str]:
        try:
            data = decrypt(stored, self._key)
        except DecryptError:
            return {}
        # n8n knows from the type which fields are secret: a name never is.
        return {field: value if field == "name" else BLANK for field, value in data.items()}

    def _rows(self, table: str, columns: list[str]) -> list[dict[str, Any]]:
        listed = ", ".join(
            f'to_char("{name}" at time zone \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')'
            if name.endswith("At")
            else f'"{name}"'
            for name in columns
        )
        rows = self._database.run(f'select {listed} from {table} order by "createdAt", id')
        return [dict(zip(columns, row, strict=True)) for row in rows]


def _new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(16))
