"""The record of the images that run on a host."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

from pyinfra.api.command import StringCommand

from kestra_provision import HEADER
from kestra_provision.commands.files import temporary


def record_images(record: str, images: dict[str, str], sources: dict[str, str]) -> StringCommand:
    """Writes down which images run here: id, digest, and the user Kestra's runs as.

    + record: path of the record, `KEY=value` lines that a shell script can read too
    + images: reference by service
    + sources: what they were loaded from by service (an archive's own sums), or empty

    The user is asked of the image itself (`id` inside it), because its configuration names a
    user and only its `/etc/passwd` knows the number.
    """
    directory = shlex.quote(str(PurePosixPath(record).parent))
    new, target = shlex.quote(temporary(record)), shlex.quote(record)
    kestra = shlex.quote(images["kestra"])
    ask = f"docker run --rm --network none --entrypoint id {kestra}"
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
    body = "; ".join(
        [
            f"echo '# {HEADER}'",
            *lines,
            "echo KESTRA_UID=$uid",
            "echo KESTRA_GID=$gid",
        ]
    )
    return StringCommand(
        f"uid=$({ask} -u) && gid=$({ask} -g) && umask 022 && mkdir -p {directory} "
        f"&& {{ {body}; }} > {new} && mv -f {new} {target}"
    )
