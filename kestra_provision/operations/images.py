"""Images: pulled from a registry or streamed from an archive, and written down."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Mapping, Sequence
from pathlib import PurePosixPath

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands.images import pull, record_images
from kestra_provision.commands.record_sum import KEY
from kestra_provision.docker.archive import Archive
from kestra_provision.docker.registry import Login
from kestra_provision.facts.images import Images, ImagesSeen, Source, Sources
from kestra_provision.operations.registry import log_in
from kestra_provision.preflight.archive import missing_room
from kestra_provision.remote import shell, upload
from kestra_provision.run import ahead
from kestra_provision.run.coming import Fetched
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.run.progress import Progress
from kestra_provision.settings import passwords
from kestra_provision.settings.versions import registry_of
from kestra_provision.text.difference import MISSING


@operation()
def pulled(
    images: Mapping[str, str],
    record: str,
    asked: Sequence[str],
    login: Login | None = None,
    again: bool = False,
) -> Generator[PyinfraCommand]:
    """Pulls what is missing and records what is there.

    + images: reference by service
    + record: path of the record on the host
    + asked: services whose user is in the record, because they write into folders of the host
    + login: of the registry that wants one; asked for only when an image of it is missing
    + again: pull all tags, which may name newer images by now

    pyinfra's `docker.image` pulls a `latest` tag on each run and knows no digest, so a tag that
    was moved on the host stays unseen.
    """
    seen = observed(host, Images, images=images, record=record)
    missing = list(images.values()) if again else seen.missing(images, {})
    _say_differences(seen, images, record, {}, asked)
    ahead.of(host).images |= dict.fromkeys(missing, Fetched())
    if login and any(registry_of(reference) == login.registry for reference in missing):
        yield FunctionCommand(log_in, (login,), {})
    for reference in missing:
        yield FunctionCommand(_pull, (reference,), {})
    yield from _recorded(seen, images, record, {}, asked, again)


@operation()
def loaded(
    images: Mapping[str, str],
    record: str,
    asked: Sequence[str],
    archive: Archive,
    again: bool = False,
) -> Generator[PyinfraCommand]:
    """Streams the laptop's archive into `docker load` when an image of it is missing.

    + archive: as `read_archive` saw it
    + again: load it even so

    pyinfra would copy the file to the host's /tmp first, which on Debian 13 is memory.
    """
    sources = _sources(images, archive)
    seen = observed(host, Images, images=images, record=record)
    _say_differences(seen, images, record, sources, asked)
    if again or seen.missing(images, sources):
        ahead.of(host).images |= _in_archive(seen, archive, images)
        yield FunctionCommand(load, (archive,), {"images": dict(images), "record": record})
    yield from _recorded(seen, images, record, sources, asked, again)


@operation()
def downloaded(
    images: Mapping[str, str],
    record: str,
    asked: Sequence[str],
    url: str,
    sha256: str,
    options: str = "",
    again: bool = False,
) -> Generator[PyinfraCommand]:
    """Lets the host download the archive, check its sum and load it, when an image is missing.

    + url, sha256: the archive; nothing is loaded from a file with another sum
    + options: more of curl's, such as a proxy
    + again: even when all are there
    """
    sources = dict.fromkeys(images, Source(sha256))
    seen = observed(host, Images, images=images, record=record)
    _say_differences(seen, images, record, sources, asked)
    if again or seen.missing(images, sources):
        ahead.of(host).images |= dict.fromkeys(images.values(), Fetched())
        curl = f"curl -fsSL --retry 3 {options}".rstrip()
        part = shlex.quote(str(PurePosixPath(record).with_name("images.tar.part")))
        yield StringCommand(
            f"mkdir -p {shlex.quote(str(PurePosixPath(record).parent))} "
            f"&& {curl} -o {part} {shlex.quote(url)} "
            f"&& echo '{sha256}  '{part} | sha256sum -c --quiet && docker load -q -i {part}; "
            f"status=$?; rm -f {part}; exit $status"
        )
    yield from _recorded(seen, images, record, sources, asked, again)


def _sources(images: Mapping[str, str], archive: Archive) -> Sources:
    found = {service: archive.images[reference] for service, reference in images.items()}
    return {service: Source(image.config, image.content) for service, image in found.items()}


def _in_archive(
    seen: ImagesSeen, archive: Archive, images: Mapping[str, str]
) -> dict[str, Fetched]:
    """What each name stands for when the archive is loaded."""
    found = {reference: archive.images[reference] for reference in images.values()}
    return {
        reference: Fetched(seen.ids[reference])
        if seen.contents.get(reference) == image.content
        else Fetched(f"sha256:{image.config}", another=reference in seen.contents)
        for reference, image in found.items()
    }


def _say_differences(
    seen: ImagesSeen,
    images: Mapping[str, str],
    record: str,
    sources: Sources,
    asked: Sequence[str],
) -> None:
    missing = seen.missing(images, sources)
    for reference in missing:
        there = seen.ids.get(reference)
        actual = f"the tag names another image, {there[7:19]}" if there else MISSING
        differs(host, f"image {reference}", "as recorded" if there else "on the host", actual)
    if seen.edited or (not missing and not seen.recorded(images, sources, asked)):
        actual = "tells of other images" if seen.record else MISSING
        if seen.edited:
            actual = "edited" if KEY in seen.record else "has no sum that tells an edit"
        differs(host, record, "the record of the images that run here", actual)


def _recorded(
    seen: ImagesSeen,
    images: Mapping[str, str],
    record: str,
    sources: Sources,
    asked: Sequence[str],
    again: bool,
) -> Generator[PyinfraCommand]:
    if again or seen.missing(images, sources) or not seen.recorded(images, sources, asked):
        sums = {service: source.sum for service, source in sources.items()}
        yield record_images(record, dict(images), sums, asked)
    else:
        host.noop("all images are there, as recorded")


def _pull(state: State, host: Host, reference: str) -> bool:
    host.log(f"pulling {reference}: images have up to 3 GB, this takes minutes")
    ok = shell.run(host, pull(reference), print_output=True).ok
    if not ok and not shell.lost(host):
        host.log(
            f"could not pull {reference}. If the name is right and the host reaches no registry: "
            "image_source = 'archive'. If its registry wants a (new) password: docker logout "
            f"{registry_of(reference)} on the host, registry in the inventory, and "
            f"{passwords.REGISTRY} in .env",
            log_func=logger.error,
        )
    return ok


def load(
    state: State, host: Host, archive: Archive, images: Mapping[str, str], record: str
) -> bool:
    """Streams the archive into the host's Docker, where that has room for it."""
    room = host.get_fact(Images, images=images, record=record).room
    if problem := missing_room(archive.unpacked, room):
        host.log(str(problem), log_func=logger.error)
        return False
    progress = Progress(host, f"loading {archive.path.name}", archive.size)
    with archive.path.open("rb") as source:
        result = upload.stream(host, StringCommand("docker load -q"), source, progress)
    if not result.ok and not shell.lost(host):
        host.log(f"docker load failed: {result.stderr.strip()}", log_func=logger.error)
    return result.ok
