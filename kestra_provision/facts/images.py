"""Which images the host has, and which it should have according to its own record."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.commands.record_sum import is_edited
from kestra_provision.facts import docker
from kestra_provision.facts.script import first, script, section, split
from kestra_provision.facts.storage import DOCKER_FOLDERS, NO_ROOM, Room, room_in, rooms


@dataclass(frozen=True)
class Source:
    """What an image was loaded from.

    + sum: SHA-256 of an archive's image, or of the archive
    + content: `ArchivedImage.content`, where the archive was looked into
    """

    sum: str
    content: str = ""


#: By service. Images of a registry have none.
Sources = Mapping[str, Source]


@dataclass(frozen=True)
class ImagesSeen:
    """Id and content by reference (missing ones left out), the record's lines, room for more.

    + edited: the record is not as it was written, so that none of its lines is proof
    """

    ids: dict[str, str] = field(default_factory=dict)
    record: dict[str, str] = field(default_factory=dict)
    room: Room = NO_ROOM
    contents: dict[str, str] = field(default_factory=dict)
    edited: bool = False

    def missing(self, images: Mapping[str, str], sources: Sources) -> list[str]:
        """References that are not there, or are not what the record says was put there."""
        return [
            reference
            for service, reference in images.items()
            if reference not in self.ids or self._moved(service, reference, sources)
        ]

    def recorded(self, images: Mapping[str, str], sources: Sources, asked: Sequence[str]) -> bool:
        """True when the record is complete and tells what is on the host.

        + asked: services whose user is in it
        """
        users = (self.record.get(f"{service.upper()}_UID", "") for service in asked)
        whole = not self.edited and all(user.isdigit() for user in users)
        return whole and all(
            self.record.get(f"{service.upper()}_IMAGE") == reference
            and self.record.get(f"{service.upper()}_IMAGE_ID") == self.ids.get(reference)
            and self.record.get(f"{service.upper()}_IMAGE_SOURCE") == _sum(sources, service)
            for service, reference in images.items()
        )

    def _moved(self, service: str, reference: str, sources: Sources) -> bool:
        """The tag names another image than the one recorded, or the archive holds another one."""
        name, source = service.upper(), sources.get(service)
        told = self.record.get(f"{name}_IMAGE_SOURCE") == _sum(sources, service)
        if self.record.get(f"{name}_IMAGE") == reference and not self.edited:
            return self.record.get(f"{name}_IMAGE_ID") != self.ids[reference] or not told
        if source is None:
            return False
        if self.edited and not source.content:
            # Nothing tells but that line, and a download would bring the same again.
            return not told
        # Not ours so far: it may be the archive's, loaded by a run that was killed.
        return self.contents.get(reference) != source.content


def _sum(sources: Sources, service: str) -> str:
    return sources[service].sum if service in sources else ""


class Images(FactBase[ImagesSeen]):
    """Asks Docker for some images, and reads the record beside them.

    + images: reference by service
    + record: path of the record
    """

    def command(self, images: Mapping[str, str], record: str) -> str:
        asked = docker.images(images.values())
        return script(
            section("ids", asked.ask),
            section("record", f"[ -f {shlex.quote(record)} ] && cat {shlex.quote(record)}"),
            section("edited", f"{is_edited(record)} && echo yes"),
            section("room", room_in(f"{DOCKER_FOLDERS.ask} | tail -n 1")),
            asks=(asked, DOCKER_FOLDERS),
        )

    @staticmethod
    def default() -> ImagesSeen:
        return ImagesSeen()

    def process(self, output: list[str]) -> ImagesSeen:
        seen = split(output)
        rows = [line.split(" ", 2) for line in seen.get("ids", []) if line.count(" ") > 1]
        pairs = (line.partition("=") for line in seen.get("record", []) if "=" in line)
        return ImagesSeen(
            ids={reference: image_id for reference, image_id, _ in rows},
            record={key: value.strip() for key, _, value in pairs},
            room=next(iter(rooms(seen.get("room", []))), NO_ROOM),
            contents={reference: content for reference, _, content in rows},
            edited=first(seen.get("edited")) == "yes",
        )
