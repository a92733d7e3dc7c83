"""Flows in the database, one row a revision."""

import json
from typing import Any

from . import states
from .database import Database, document


class FlowStore:
    """The flows of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, namespace: str, name: str) -> dict[str, Any] | None:
        """Return the newest revision with its source, or None when there is none."""
        newest = self._newest(namespace, name)
        return None if newest is None or newest["deleted"] else newest

    def all(self, namespace: str | None = None) -> list[dict[str, Any]]:
        """Return every living flow, of one namespace when given."""
        rows = self._database.run(
            "select value from flows f where not deleted and (namespace = %s or %s) and revision ="
            " (select max(revision) from flows g where g.namespace = f.namespace and g.id = f.id)"
            " order by namespace, id",
            (namespace, namespace is None),
        )
        return [document(row[0]) for row in rows]

    def _newest(self, namespace: str, name: str) -> dict[str, Any] | None:
        rows = self._database.run(
            "select value from flows where namespace = %s and id = %s"
            " order by revision desc limit 1",
            (namespace, name),
        )
        return document(rows[0][0]) if rows else None

    def revisions(self, namespace: str, name: str) -> list[dict[str, Any]]:
        """Return every revision of a flow, the deleted ones too."""
        rows = self._database.run(
            "select value from flows where namespace = %s and id = %s order by revision",
            (namespace, name),
        )
        return [document(row[0]) for row in rows]

    def save(self, flow: dict[str, Any], source: str) -> dict[str, Any]:
        """Store a new revision unless the newest one has the same source."""
        newest = self._newest(flow["namespace"], flow["id"])
        if newest is not None and not newest["deleted"] and newest["source"] == source:
            return newest
        return self._insert(flow, source, (newest["revision"] if newest else 0) + 1)

    def bury(self, flow: dict[str, Any]) -> None:
        """Delete a flow: its last revision says that it is gone."""
        self._insert(flow | {"deleted": True}, flow["source"], flow["revision"] + 1)

    def _insert(self, flow: dict[str, Any], source: str, revision: int) -> dict[str, Any]:
        flow = {key: value for key, value in flow.items() if key != "updated"}
        stored = flow | {"revision": revision, "source": source}
        kept = stored | {"updated": states.now()}
        key = f"{flow['namespace']}_{flow['id']}_{revision}"
        self._database.run(
            "insert into flows values (%s, %s, %s, %s, %s, %s, %s)",
            (
                key,
                flow["namespace"],
                flow["id"],
                revision,
                stored["deleted"],
                json.dumps(kept),
                source,
            ),
        )
        return stored
