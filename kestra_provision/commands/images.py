"""Images of a host: pulled, and the record of those that run there."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

from pyinfra.api.command import StringCommand

from kestra_provision import HEADER
from kestra_provision.commands.files import temporary
from kestra_provision.commands.record_sum import KEY, sum_of
from kestra_provision.docker.environment import WITH_LOGINS


def pull(reference: str) -> StringCommand:
    """`docker pull`, with the logins that a deploy put on the host."""
    return StringCommand(WITH_LOGINS, "docker", "pull", shlex.quote(reference))


def record_images(
    record: str, images: dict[str, str], sources: dict[str, str], asked: Sequence[str]
) -> StringCommand:
    """Writes down which images run here: id, digest, and the users that some run as.

    + record: path of the record, `KEY=value` lines that a shell script can read too
    + images: reference by service
    + sources: what they were loaded from by service (an archive's own sums), or empty
    + asked: services whose user is written down, because they write into folders of the host

    Its last line is the sum of the others: an edited one would hand directories to a wrong user.

    The user is asked of the image itself (`id` inside it), because its configuration names a
    user and only its `/etc/passwd` knows the number.
    """
    directory = shlex.quote(str(PurePosixPath(record).parent))
    new, target = shlex.quote(temporary(record)), shlex.quote(record)
    inspect = "docker image inspect --format"
    digests = "'{{range .RepoDigests}}{{.}} {{end}}'"
    lines = []
    for service, reference in images.items():
        name, image = service.upper(), shlex.quote(reference)
        lines += [
            f"echo {name}_IMAGE={image}",
            f"echo {name}_IMAGE_SOURCE={shlex.quote(sources.get(service, ''))}",
            f"echo {name}_IMAGE_ID=$({inspect} '{{{{.Id}}}}' {image})",
            f"echo {name}_IMAGE_DIGEST=$({inspect} {digests} {image})",
        ]
    ask = "".join(_ask(service, images[service]) for service in asked)
    body = "; ".join(
        [
            f"echo '# {HEADER}'",
            *lines,
            *(
                f"echo {service.upper()}_{kind.upper()}=${service}_{kind}"
                for service in asked
                for kind in ("uid", "gid")
            ),
        ]
    )
    return StringCommand(
        f"{ask}umask 022 && mkdir -p {directory} && {{ {body}; }} > {new} "
        f"&& echo {KEY}=$({sum_of(temporary(record))}) >> {new} && mv -f {new} {target}"
    )


def _ask(service: str, image: str) -> str:
    run = f"docker run --rm --network none --entrypoint id {shlex.quote(image)}"
    return f"{service}_uid=$({run} -u) && {service}_gid=$({run} -g) && "
