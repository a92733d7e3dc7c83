"""What was done to a host, by whom and why: one JSON line each, appended on the host itself."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pyinfra.api.command import StringCommand

from kestra_provision.text.table import table

HEALTHY = "healthy"
SYNCED = "synced"


#: What ran: by service its image and, as `SERVICE_id`, that image's id, both empty where there was
#: no container; `config` is compose's sum of the main service's settings and configuration.
Versions = Mapping[str, str]


@dataclass(frozen=True)
class Record:
    """One line of the audit.

    + time: UTC, ISO 8601, when it began
    + result: `healthy`, `stopped`, `synced`, or `failed: ` and the step
    + settings: those that were applied for the first time, each before and after; none is a secret
    """

    time: str
    host: str
    action: str
    operator: str
    reason: str
    result: str
    duration_s: int
    before: Versions = field(default_factory=dict)
    after: Versions = field(default_factory=dict)
    settings: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def line(self) -> str:
        """As the file holds it."""
        return json.dumps(asdict(self), ensure_ascii=False)


def append(path: str) -> StringCommand:
    """Appends the record on its stdin; root and its group may read the file.

    A line that a full disk cut off gets its end first, so that it spoils no other one.
    """
    file, folder = shlex.quote(path), shlex.quote(str(PurePosixPath(path).parent))
    return StringCommand(
        f"{{ [ -d {folder} ] || install -d -m 750 {folder}; }} && umask 027 && touch {file} "
        f'&& chmod 640 {file} && {{ [ -z "$(tail -c 1 {file})" ] || echo >> {file}; }} '
        f"&& cat >> {file}"
    )


def read(path: str, tail: int) -> StringCommand:
    """The last records; nothing when there was none so far."""
    file = shlex.quote(path)
    return StringCommand(f"[ ! -e {file} ] || tail -n {tail} {file}")


def parse(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Records as they are; the host's own self-repair writes shorter ones."""
    found = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            found.append(record)
    return found


def render(records: Iterable[Mapping[str, Any]]) -> str:
    """A table for people, the oldest first."""
    rows = [["time", "action", "operator", "result", "took", "what changed", "reason"]]
    for record in records:
        rows.append(
            [
                str(record.get("time", "")),
                str(record.get("action", "")),
                str(record.get("operator", "")),
                str(record.get("result", "")),
                f"{record.get('duration_s', '?')} s",
                _changed(record),
                str(record.get("reason", "")) or "-",
            ]
        )
    return table(rows)


def _changed(record: Mapping[str, Any]) -> str:
    before, after = record.get("before") or {}, record.get("after") or {}
    settings = record.get("settings") or {}
    parts = [f"{name}: {old} -> {new}" for name, (old, new) in settings.items()]
    names = dict.fromkeys((*before, *after))
    services = [name for name in names if name != "config" and not name.endswith("_id")]
    for service in services:
        old, new = (v.get(service, "") for v in (before, after))
        old_id, new_id = (v.get(f"{service}_id", "")[7:19] for v in (before, after))
        if not (old and new):
            continue
        if old != new:
            parts.append(f"{old} -> {new}")
        elif old_id != new_id:
            parts.append(f"{new}: {old_id} -> {new_id}")
    old, new = before.get("config", ""), after.get("config", "")
    if old and new and old != new:
        parts.append("configuration")
    return ", ".join(parts) or "-"
