"""Files of namespaces through the API: an archive of each namespace, both ways."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import ClassVar
from urllib.parse import quote

import httpx

from kestra_provision.flows.files import sum_of
from kestra_provision.kestra.client import Kestra
from kestra_provision.sync.comparison import Mark, Sum
from kestra_provision.sync.item import Item

#: A namespace may have thousands.
LONG = 300.0
#: Of the same archive: the namespace's flows, which are no files of it.
_FLOWS = "_flows/"


class InTheWayError(ValueError):
    """A file's path is a folder there, or the reverse: Kestra keeps the path of what it deletes."""


class Files:
    """The files of the repository and of one server."""

    kind: ClassVar[str] = "files"
    noun: ClassVar[str] = "file"
    vital: ClassVar[bool] = False

    def __init__(self, contents: Mapping[Item, bytes]) -> None:
        self._contents = contents
        self._live: dict[Item, bytes] = {}

    @cached_property
    def wanted(self) -> Mapping[Item, Mark]:
        """A mark of each content."""
        return {item: Mark((sum_of(content),)) for item, content in self._contents.items()}

    def live(self, kestra: Kestra, marks: Mapping[Item, Mark]) -> Mapping[Item, Sum]:
        """Those of namespaces that have files of ours, one call a namespace."""
        namespaces = sorted({item.namespace for item in (*self._contents, *marks)})
        self._live = {
            Item(namespace, name): content
            for namespace in namespaces
            for name, content in export(kestra, namespace)
        }
        return {item: sum_of(content) for item, content in self._live.items()}

    def here(self, item: Item) -> bytes | None:
        """Its content."""
        return self._contents.get(item)

    def there(self, item: Item) -> bytes | None:
        """Its content."""
        return self._live.get(item)

    def switched(self) -> Mapping[Item, str]:
        """A file has no switch."""
        return {}

    def ordered(self, items: Collection[Item]) -> list[Item]:
        """By namespace."""
        return sorted(items)

    def write(self, kestra: Kestra, items: Sequence[Item]) -> Iterator[Item]:
        """One archive a namespace, of what differs alone: each upload is another revision.

        Raises `InTheWayError`.
        """
        if in_the_way := self._in_the_way(items):
            raise InTheWayError(
                f"the file {in_the_way[0]} there is in the way of what is to come, and Kestra"
                " would keep its path: give that another name"
            )
        for namespace, names in _by_namespace(items).items():
            _upload(kestra, namespace, {n: self._contents[Item(namespace, n)] for n in names})
            yield from (Item(namespace, name) for name in names)

    def put_back(self, kestra: Kestra, items: Sequence[Item]) -> None:
        """Their former contents, as further revisions; what came is deleted file by file."""
        for namespace, names in _by_namespace(items).items():
            now = dict(export(kestra, namespace))
            ours = [n for n in names if now.get(n) == self._contents[Item(namespace, n)]]
            back = {n: c for n in ours if (c := self._live.get(Item(namespace, n))) is not None}
            for name in ours:
                if name not in back:
                    delete(kestra, Item(namespace, name))
            if back:
                _upload(kestra, namespace, back)

    def _in_the_way(self, items: Iterable[Item]) -> list[Item]:
        """Files of the server where a folder is to be, or below what is to be a file."""
        coming = {(item.namespace, item.name) for item in items}
        folders = {(ns, str(above)) for ns, name in coming for above in PurePosixPath(name).parents}
        return [
            item
            for item in self._live
            if (item.namespace, item.name) in folders
            or any((item.namespace, str(a)) in coming for a in PurePosixPath(item.name).parents)
        ]

    def delete(self, kestra: Kestra, item: Item) -> None:
        """Folders that it leaves empty stay."""
        delete(kestra, item)


def _by_namespace(items: Iterable[Item]) -> dict[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for item in items:
        found[item.namespace].append(item.name)
    return found


def delete(kestra: Kestra, item: Item) -> None:
    """Of a folder all that is in it; one that is gone already is as good."""
    path = f"/namespaces/{item.namespace}/files"
    kestra.call("DELETE", path, params={"path": f"/{item.name}"})


def export(kestra: Kestra, namespace: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a namespace, in one call.

    Raises `ValueError` for an answer that is no archive.
    """
    gone = (httpx.codes.NOT_FOUND,)
    path = f"/namespaces/{namespace}/files/export"
    answer = kestra.call("GET", path, timeout=LONG, allowed=gone)
    if answer.status_code in gone:
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        for name in archive.namelist():
            if not name.startswith(_FLOWS):
                yield name, archive.read(name)
    except zipfile.BadZipFile as error:
        raise ValueError("its export of files cannot be read") from error


def _upload(kestra: Kestra, namespace: str, contents: Mapping[str, bytes]) -> None:
    """The server takes an archive apart, and each name in it for an address."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in contents.items():
            packed.writestr(quote(name), content)
    part = ("files.zip", archive.getvalue(), "application/zip")
    kestra.call(
        "POST",
        f"/namespaces/{namespace}/files",
        params={"path": "/files.zip"},
        files={"fileContent": part},
        timeout=LONG,
    )
