"""A trial: a Kestra of another image in a container of its own, for as long as it is asked."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from pyinfra.api.command import StringCommand

from kestra_provision.services.kestra import UI
from kestra_provision.stack.files import Mounted

#: MiB of the container; a Kestra that runs no executions needs no more.
MEMORY = 1536
_HEAP = 1024
#: Seconds, after which it ends by itself: whoever started it may be gone.
_LIFE = 1800
_LABEL = "kestra-provision.trial"
_CONFIGURATION = "/tmp/application.yaml"
#: For as long as it lives.
FOLDERS = ("/tmp", "/app/storage")
_START = (
    f'printf %s "$TRIAL" | base64 -d > {_CONFIGURATION} && unset TRIAL && exec timeout {_LIFE} '
    f"docker-entrypoint.sh server standalone --config {_CONFIGURATION}"
)


def room() -> StringCommand:
    """Fails, in words, where the host has not enough memory to spare."""
    text = (
        "free=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo); "
        f'[ "${{free:-{MEMORY}}}" -ge {MEMORY} ] || {{ '
        f'echo "$free MiB of memory are free, and a second Kestra needs {MEMORY}" >&2; exit 1; }}'
    )
    return StringCommand(f"sh -c {shlex.quote(text)}")


def start(
    name: str,
    image: str,
    network: str,
    variables: Mapping[str, str],
    mounted: Iterable[Mounted] = (),
) -> StringCommand:
    """Starts it; its `application.yaml` comes on stdin.

    + name: of the container
    + network: of Docker, which is there
    + variables: of the operator's own, no secrets
    + mounted: files of the host that it reads; one that is missing is an error

    Its data is in memory and ends with it. Only the host itself reaches it, at a port that Docker
    chooses.
    """
    given = {
        "JAVA_OPTS": f"-Xmx{_HEAP}m",
        "LANG": "C.UTF-8",
        **variables,
    }
    options = [
        f"--name {shlex.quote(name)}",
        f"--label {_LABEL}=true",
        f"--network {shlex.quote(network)}",
        f"-p 127.0.0.1::{UI}",
        f"--memory {MEMORY}m",
        "--init --read-only --cap-drop ALL --security-opt no-new-privileges:true",
        *(f"--tmpfs {folder}:mode=1777,exec" for folder in FOLDERS),
        *(f"--mount {shlex.quote(_mount(file))}" for file in mounted),
        *(f"-e {shlex.quote(f'{key}={value}')}" for key, value in given.items()),
        "--env-file /dev/stdin --pull never --entrypoint /bin/sh",
    ]
    text = (
        "{ printf TRIAL=; base64 | tr -d '\\n'; echo; } | "
        f"docker run -d {' '.join(options)} {shlex.quote(image)} -c {shlex.quote(_START)}"
    )
    return StringCommand(f"sh -c {shlex.quote(text)}")


def _mount(file: Mounted) -> str:
    return f"type=bind,source={file.path},target={file.mount},readonly"


def state(name: str) -> StringCommand:
    """Says `STATUS PORT`, the port of the host's loopback where it is to answer."""
    port = f'{{{{range (index .NetworkSettings.Ports "{UI}/tcp")}}}}{{{{.HostPort}}}}{{{{end}}}}'
    form = f"{{{{.State.Status}}}} {port}"
    return StringCommand(
        f"docker inspect --type container --format {shlex.quote(form)} {shlex.quote(name)}"
    )


def log(name: str) -> StringCommand:
    """Its last lines."""
    return StringCommand(f"docker logs --tail 20 {shlex.quote(name)} 2>&1")


def end(name: str) -> StringCommand:
    """Removes it, and nobody else's of that name; that it is gone already is as good."""
    chosen = f"--filter label={_LABEL}=true --filter {shlex.quote(f'name=^/{re.escape(name)}$')}"
    text = f'ids=$(docker ps -aq {chosen}) || exit; [ -z "$ids" ] || docker rm -f -v $ids'
    return StringCommand(f"sh -c {shlex.quote(text)}")
