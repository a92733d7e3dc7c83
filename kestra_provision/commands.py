"""Commands for the host as pure values: built here, executed by operations."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

from pyinfra.api.command import StringCommand

from kestra_provision import HEADER
from kestra_provision.layout import Layout

#: Where Kestra's container finds its configuration.
CONFIG_IN_CONTAINER = "/etc/kestra/application.yaml"


def temporary(path: str) -> str:
    """Where a file is written before it replaces `path`: one fixed name in the same folder.

    A run killed half-way leaves at most this one file, and the next run writes over it.
    """
    target = PurePosixPath(path)
    return str(target.with_name(f".{target.name}.kestra-provision"))


def write_file(
    path: str, content: str, *, mode: str, uid: int, gid: int, check: str = "true"
) -> StringCommand:
    """Writes a file atomically, its content on stdin, never wider than `mode` on the way.

    + check: shell command that must accept the temporary file before it replaces `path`

    A connection lost while the content is under way ends stdin as its end does, and `cat` is
    content with half a file: its length tells. pyinfra's `files.put` leaves a 0644 temporary
    file and copies, so it is no place for secrets.
    """
    new, target = shlex.quote(temporary(path)), shlex.quote(path)
    cut_off = shlex.quote(f"{path} arrived cut off and was not replaced; run again")
    # pyinfra ends a last line that has no line break.
    length = len((content if content.endswith("\n") else f"{content}\n").encode())
    return StringCommand(
        # Docker makes an empty directory where a file to be mounted is missing.
        f"{{ [ ! -d {target} ] || rmdir {target}; }} "
        f"&& umask 077 && cat > {new} "
        f"&& {{ [ $(wc -c < {new}) -eq {length} ] || {{ echo {cut_off} >&2; false; }}; }} "
        f"&& chown {uid}:{gid} {new} && chmod {mode} {new} "
        f"&& {{ {check}; }} && mv -fT {new} {target} || {{ rm -f {new}; exit 1; }}",
        _stdin=content,
    )


def make_directory(path: str, *, mode: str, uid: int, gid: int) -> StringCommand:
    """Creates or repairs one directory; what is in it is left alone."""
    return StringCommand(f"install -d -m {mode} -o {uid} -g {gid} {shlex.quote(path)}")


def set_owner_and_mode(path: str, *, mode: str, uid: int, gid: int) -> StringCommand:
    """Repairs owner and mode of a file that is there."""
    target = shlex.quote(path)
    return StringCommand(f"chown {uid}:{gid} {target} && chmod {mode} {target}")


def compose(root_dir: str, arguments: str, file: str | None = None) -> str:
    """A compose call with its directory and file named.

    + file: absolute path of the compose file, `compose.yaml` of the directory by default

    Compose finds `.env` through the project directory; called from elsewhere without it, every
    variable would be blank.
    """
    path = shlex.quote(file or Layout(root_dir).compose)
    # Not the environment: a KESTRA_HTTP_PORT in /etc/environment would win over .env, COMPOSE_FILE
    # over the file, and DOCKER_HOST lead to another Docker.
    clean = 'env -i PATH="$PATH" HOME="$HOME"'
    return (
        f"{clean} docker compose --project-directory {shlex.quote(root_dir)} -f {path} {arguments}"
    )


def wake(name: str) -> StringCommand:
    """Unfreezes a container and gives its health check half a minute to see that.

    While it is frozen Docker calls it unhealthy, and compose then gives up on what depends on it.
    """
    container = shlex.quote(name)
    health = f"docker inspect --format '{{{{.State.Health.Status}}}}' {container}"
    return StringCommand(
        f"docker unpause {container} && for i in $(seq 30); do "
        f'[ "$({health})" = unhealthy ] || break; sleep 1; done'
    )


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
