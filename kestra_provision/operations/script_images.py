"""Images of script tasks, brought into their Docker before a task asks for them."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Sequence

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.docker.archive import Archive
from kestra_provision.facts.script_images import ScriptImages
from kestra_provision.operations.images import load
from kestra_provision.remote import shell
from kestra_provision.run import ahead
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.stack.service import Service
from kestra_provision.text.difference import MISSING


@operation()
def present(
    service: Service, images: Sequence[str], record: str, archive: Archive | None = None
) -> Generator[PyinfraCommand]:
    """Copies what the host has, and pulls the rest, as far as it is missing.

    + service: whose Docker it is
    + images: references, each of which names the same image tomorrow
    + record: path of the host's record of images
    + archive: the laptop's, which the host may have loaded before an image came into it

    What the host has came from its archive, or by a login that the other Docker does not know.
    """
    seen = observed(host, ScriptImages, container=service.container, images=[*images])
    # In a plan it may be about to start; what it holds is not known then.
    if not (seen.answers or service.name in ahead.of(host).fates):
        differs(host, f"images of {service.container}", "there", "its Docker does not answer")
        yield Failure(f"{service.container} does not answer: docker logs {service.container}")
        return
    for image in seen.missing:
        differs(host, f"image {image} in {service.container}", "there", MISSING)
    if archive and (archived := [image for image in seen.missing if image in archive.images]):
        yield FunctionCommand(_load, (archive, archived, record), {})
    for image in seen.missing:
        yield FunctionCommand(_bring, (service.container, image), {})
    host.noop("all images of script tasks are there")


def _load(state: State, host: Host, archive: Archive, images: Sequence[str], record: str) -> bool:
    """Into the host's Docker, unless that has all of them."""
    there = StringCommand("docker image inspect --format x", *map(QuoteString, images))
    if shell.run_quietly(host, there).ok:
        return True
    return load(state, host, archive, {image: image for image in images}, record)


def _bring(state: State, host: Host, container: str, image: str) -> bool:
    host.log(f"bringing {image} into {container}: minutes, if it is large")
    name, inside = shlex.quote(image), f"docker exec -i {shlex.quote(container)} docker"
    copied = f"docker save {name} | {inside} load -q"
    # A digest is a registry's: in what `docker save` makes there is none.
    there = "false" if "@" in image else f"docker image inspect {name} > /dev/null 2>&1"
    done = shell.run(
        host,
        StringCommand(
            f"if {there}; then {copied}; else {inside} pull -q {name}; fi "
            f"&& {inside} image inspect {name} > /dev/null"
        ),
    )
    if not done.ok and not shell.lost(host):
        host.log(
            f"could not bring {image} into {container}: {done.stderr.strip()}. If its registry "
            "wants a login, or is not reached: get it into the host's Docker, by docker pull or "
            "docker load, and deploy again; it is copied from there",
            log_func=logger.error,
        )
    return done.ok
