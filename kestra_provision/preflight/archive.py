"""Judges the archive of images: what must be in it, and the room to load it."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.docker.archive import Archive
from kestra_provision.facts.storage import Room
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.settings import Problem
from kestra_provision.stack.stack import Stack

#: `docker load` unpacks an archive before it makes layers of it: 2.03 times its content, measured.
_UNPACKED = 2.1


def judge_archive(stack: Stack, survey: HostSurvey, archive: Archive | None) -> Iterator[Problem]:
    """Images that are missing in it or built for another machine, and no room to load them."""
    if archive is None:
        return
    # With Docker there the images may be loaded already; then the operation looks for room.
    if survey.docker is None and (problem := missing_room(archive.unpacked, survey.image_room)):
        yield problem
    for service in stack.shown:
        name, reference = service.image_setting, service.image
        image = archive.images.get(reference)
        if image is None:
            yield Problem(
                f"{reference} is not in the archive, which holds "
                f"{', '.join(archive.images) or 'no tags'}",
                f"image_archive {archive.path}",
                f"set {name} to one of them, or make the archive with docker save {reference} …",
            )
        elif image.architecture != survey.architecture:
            yield Problem(
                f"{reference} in the archive is built for {image.architecture}, "
                f"the host is {survey.architecture}",
                f"image_archive {archive.path}",
                f"docker pull --platform linux/{survey.architecture} {reference}, "
                "then docker save again",
            )


def missing_room(unpacked: int, room: Room) -> Problem | None:
    """Too little free space to load an archive with so much in it; None when there is room.

    + unpacked: bytes
    + room: of the folder in which Docker keeps images
    """
    needed = unpacked * _UNPACKED / 1e9
    if room.free_gb >= needed:
        return None
    return Problem(
        f"loading the images needs {needed:.1f} GB, {room.free_gb:.1f} GB are free",
        f"the filesystem of {room.folder or 'Docker'} on the host",
        "docker system df shows what can go; free some space and run again",
    )
