"""Which images the host has, and which it should have according to its own record."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split


@dataclass(frozen=True)
class ImagesSeen:
    """Image id by reference (missing ones left out), the record's lines, free space in GB."""

    ids: dict[str, str] = field(default_factory=dict)
    record: dict[str, str] = field(default_factory=dict)
    free_gb: float = 0.0

    def missing(self, images: Mapping[str, str], sources: Mapping[str, str]) -> list[str]:
        """References that are not there, or are not what the record says was put there."""
        return [
            reference
            for service, reference in images.items()
            if reference not in self.ids or self._moved(service, reference, sources)
        ]

    def recorded(self, images: Mapping[str, str], sources: Mapping[str, str]) -> bool:
        """True when the record is complete and tells what is on the host."""
        return self.record.get("KESTRA_UID", "").isdigit() and all(
            self.record.get(f"{service.upper()}_IMAGE") == reference
            and self.record.get(f"{service.upper()}_IMAGE_ID") == self.ids.get(reference)
            and self.record.get(f"{service.upper()}_IMAGE_SOURCE") == sources.get(service, "")
            for service, reference in images.items()
        )

    def _moved(self, service: str, reference: str, sources: Mapping[str, str]) -> bool:
        """The tag names another image than the one recorded, or the archive holds another one."""
        name = service.upper()
        if self.record.get(f"{name}_IMAGE") != reference:
            # Not ours so far: it may be the archive's, loaded by a run that was killed.
            source = sources.get(service)
            return bool(source) and self.ids[reference] != f"sha256:{source}"
        return self.record.get(f"{name}_IMAGE_ID") != self.ids[reference] or self.record.get(
            f"{name}_IMAGE_SOURCE"
        ) != sources.get(service, "")


class Images(FactBase[ImagesSeen]):
    """Asks Docker for some images, and reads the record beside them.

    + images: reference by service
    + record: path of the record
    """

    def command(self, images: Mapping[str, str], record: str) -> str:
        asked = " ".join(shlex.quote(reference) for reference in images.values())
        return script(
            section(
                "ids",
                f"for i in {asked}; do id=$(docker image inspect --format '{{{{.Id}}}}' $i) "
                "&& echo $i $id; done",
            ),
            section("record", f"cat {shlex.quote(record)}"),
            section("free", "df -Pk /var/lib/docker | tail -n 1"),
        )

    @staticmethod
    def default() -> ImagesSeen:
        return ImagesSeen()

    def process(self, output: list[str]) -> ImagesSeen:
        seen = split(output)
        columns = first(seen.get("free")).split()
        pairs = (line.partition("=") for line in seen.get("record", []) if "=" in line)
        return ImagesSeen(
            ids=dict(line.split(" ", 1) for line in seen.get("ids", [])),
            record={key: value.strip() for key, _, value in pairs},
            free_gb=int(columns[3]) * 1024 / 1e9 if len(columns) >= 6 else 0.0,
        )
