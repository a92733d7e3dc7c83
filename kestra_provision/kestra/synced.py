"""How the flows of a server are, and the record of the last sync, which lies on the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from packaging.version import Version
from pyinfra.api.host import Host

from kestra_provision.commands.files import write_file
from kestra_provision.facts.flows_record import FlowsRecord
from kestra_provision.kestra import access
from kestra_provision.kestra.client import Kestra, connected
from kestra_provision.kestra.resource import Resource
from kestra_provision.remote import shell
from kestra_provision.run.observation import observed, once
from kestra_provision.run.state import stack_here
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.sync import record
from kestra_provision.sync.comparison import Mark, Sum
from kestra_provision.sync.item import Item

#: Before it, a validation takes no flow by itself, and an upload no archive of files.
OLDEST = Version("1.0")
#: Of the record: which items are ours is nobody else's to decide.
MODE = "600"
#: How each reason begins that is Kestra's.
SILENT = "Kestra does not"


@dataclass(frozen=True)
class Seen:
    """How a kind of item is on the server, and how the last sync left all kinds."""

    live: Mapping[Item, Sum]
    record: record.Record

    def marks(self, resource: Resource) -> Mapping[Item, Mark]:
        return self.record.get(resource.kind, {})


def look(
    host: Host, settings: Settings, resource: Resource, even_if_empty: bool = False
) -> Seen | str:
    """How the server is now; why nobody can tell, in words.

    + even_if_empty: asks although the repository has nothing for it, nor ever had

    It is asked once a stage.
    """
    path = Layout(settings.root_dir).flows
    try:
        ours = record.read(observed(host, FlowsRecord, path=path).text)
    except record.RecordError as error:
        return f"{path}: {error}"
    marks = ours.get(resource.kind, {})
    if not (resource.wanted or marks or even_if_empty):
        return Seen({}, ours)
    stack = stack_here(host)
    found = once(host, "access", lambda: access.look(host, settings, stack))
    if not found.lives:
        return f"{SILENT} run yet"
    try:
        live = once(host, resource.kind, lambda: _live(host, settings, resource, marks))
    except (httpx.HTTPError, ValueError) as error:
        return f"{SILENT} tell: {words(error)}"
    return Seen(live, ours)


@contextmanager
def asked(host: Host, settings: Settings) -> Iterator[Kestra]:
    """A client of the server that `look` found; its version is asked once a stage."""
    stack = stack_here(host)
    found = once(host, "access", lambda: access.look(host, settings, stack))
    with connected(host, settings, found) as kestra:
        kestra.version = once(host, "version", lambda: kestra.version)
        yield kestra


def _live(
    host: Host, settings: Settings, resource: Resource, marks: Mapping[Item, Mark]
) -> Mapping[Item, Sum]:
    with asked(host, settings) as kestra:
        if kestra.version and kestra.version < OLDEST:
            raise ValueError(f"it is {kestra.version}, and flows as code needs {OLDEST} or newer")
        return resource.live(kestra, marks)


def note(
    host: Host, settings: Settings, seen: Seen, resource: Resource, marks: Mapping[Item, Mark]
) -> str:
    """Writes down which items are ours; what was wrong, empty where nothing was.

    + seen: the record as it was, whose other kinds stay
    """
    path = Layout(settings.root_dir).flows
    text = record.written({**seen.record, resource.kind: marks})
    command = write_file(path, text, mode=MODE, uid=0, gid=0)
    result = shell.run_quietly(host, command, stdin=text)
    return "" if result.ok else f"{path}: {result.stderr.strip()}"


def words(error: Exception) -> str:
    """What Kestra said, or that it said nothing."""
    if isinstance(error, httpx.HTTPStatusError):
        try:
            return str(error.response.json()["message"])
        except (ValueError, KeyError, TypeError):
            return f"Kestra answers {error.response.status_code}"
    return str(error) or "Kestra does not answer"
