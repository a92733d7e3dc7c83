"""What of a Kestra is kept as in the repository: flows, namespace files, keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import ClassVar, Protocol

from kestra_provision.kestra.client import Kestra
from kestra_provision.sync.comparison import Mark, Sum
from kestra_provision.sync.item import Item


class Resource(Protocol):
    """One kind of item: what the repository has of it, and how the server is asked and told.

    Every method that takes a client raises `httpx.HTTPError`, or `ValueError` for an answer that
    makes no sense.

    + kind: in the record of the last sync
    + noun: for people
    + vital: that the repository has none of them any more is taken for a mistake
    """

    kind: ClassVar[str]
    noun: ClassVar[str]
    vital: ClassVar[bool]

    @property
    def wanted(self) -> Mapping[Item, Mark]:
        """The repository's items, as the marks that they would leave."""
        ...

    def live(self, kestra: Kestra, marks: Mapping[Item, Mark]) -> Mapping[Item, Sum]:
        """Sums of what the server has, and keeps that in mind to put it back.

        + marks: what the last sync left there
        """
        ...

    def here(self, item: Item) -> bytes | None:
        """What the repository has of it, as its file holds it."""
        ...

    def there(self, item: Item) -> bytes | None:
        """What `live` found of it, as a file of the repository would hold it."""
        ...

    def switched(self) -> Mapping[Item, str]:
        """Those that somebody switched there, which stay so, and what they are now."""
        ...

    def ordered(self, items: Collection[Item]) -> list[Item]:
        """The order in which they are written."""
        ...

    def write(self, kestra: Kestra, items: Sequence[Item]) -> Iterator[Item]:
        """Writes them as the repository has them; tells each once it is there."""
        ...

    def put_back(self, kestra: Kestra, items: Sequence[Item]) -> None:
        """Makes what `live` found of those that are now what `write` made of them.

        Some may not be: `write` ended with an error.
        """
        ...

    def delete(self, kestra: Kestra, item: Item) -> None:
        """Deletes one; that it is gone already is as good."""
        ...
