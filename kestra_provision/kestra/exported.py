"""Sources of all flows of a server: one export, or one by one where it cannot export them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping

import httpx

from kestra_provision.flows.source import SourceError, names
from kestra_provision.kestra.client import Kestra
from kestra_provision.sync.item import Item

#: A server with hundreds of flows writes their archive at its leisure.
_LONG = 120.0
_FAILED = (httpx.codes.INTERNAL_SERVER_ERROR,)


def export(kestra: Kestra, known: Mapping[Item, str]) -> dict[Item, str]:
    """The sources of all flows of the server, in one call.

    + known: sources that are probably there, which saves reading them for their names

    A flow that Kestra took and this cannot read keeps its name: the server's own list has it.
    Raises `ValueError` for an answer that is no archive.
    """
    answer = kestra.call("GET", "/flows/export/by-query", timeout=_LONG, allowed=_FAILED)
    if answer.status_code in _FAILED:
        # Two flows whose namespace and id make the same name: it exports none.
        return dict(_one_by_one(kestra))
    found, unread = dict[Item, str](), dict[str, str]()
    guessed = {_called(item): item for item in known}
    try:
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        for name in archive.namelist():
            source = archive.read(name).decode()
            item = guessed.get(name)
            if item is None or known[item] != source:
                item = _named(source)
            if item is None:
                unread[name] = source
            else:
                found[item] = source
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ValueError("its export of flows cannot be read") from error
    if unread:
        found |= {
            item: unread[_called(item)] for item in _listed(kestra) if _called(item) in unread
        }
    return found


def source_of(kestra: Kestra, item: Item) -> str | None:
    """Of one flow; None where it is not there."""
    gone = httpx.codes.NOT_FOUND
    path = f"/flows/{item.namespace}/{item.name}"
    answer = kestra.call("GET", path, params={"source": "true"}, allowed=(gone,))
    return None if answer.status_code == gone else str(answer.json()["source"])


def _called(item: Item) -> str:
    """In the archive: it joins namespace and id by what both may hold."""
    return f"{item.namespace}-{item.name}.yml"


def _named(source: str) -> Item | None:
    try:
        return names(source).flow
    except SourceError:
        return None


def _listed(kestra: Kestra) -> Iterator[Item]:
    for each in kestra.pages("/flows/search"):
        yield Item(each["namespace"], each["id"])


def _one_by_one(kestra: Kestra) -> Iterator[tuple[Item, str]]:
    for item in _listed(kestra):
        if (source := source_of(kestra, item)) is not None:
            yield item, source
