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
#: No line of YAML that is ours or the operator's is just that.
_END = "=== end of application.yaml ==="
#: Seconds for what it is to begin with to arrive.
_ARRIVAL = 60
_LABEL = "kestra-provision.trial"
#: Seconds since 1970 on the host, when whoever started it can no longer be asking.
_ENDS = f"{_LABEL}.ends"
_BEGINNING, _CONFIGURATION = "/tmp/beginning.sh", "/tmp/application.yaml"
#: For as long as it lives.
FOLDERS = ("/tmp", "/app/storage")
_ARRIVED = f"until [ -e {_BEGINNING} ]; do sleep 0.2; done"
_START = (
    f"timeout {_ARRIVAL} sh -c {shlex.quote(_ARRIVED)} && . {_BEGINNING} "
    f"&& exec timeout {_LIFE} "
    f"docker-entrypoint.sh server standalone --config {_CONFIGURATION}"
)
#: Whole, or not at all.
_TAKE = f"cat > {_BEGINNING}.part && mv {_BEGINNING}.part {_BEGINNING}"


def room() -> StringCommand:
    """Fails, in words, where the host has not enough memory to spare."""
    text = (
        "free=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo); "
        f'[ "${{free:-{MEMORY}}}" -ge {MEMORY} ] || {{ '
        f'echo "$free MiB of memory are free, and a second Kestra needs {MEMORY}" >&2; exit 1; }}'
    )
    return StringCommand(f"sh -c {shlex.quote(text)}")


def beginning(configuration: str, variables: Mapping[str, str]) -> str:
    """What `start` wants on stdin: shell text, since a command line is everybody's to read.

    + configuration: text of its `application.yaml`
    + variables: of the operator's own
    """
    exports = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in variables.items())
    return f"{exports}cat > {_CONFIGURATION} <<'{_END}'\n{configuration}\n{_END}\n"


def start(
    name: str, of: str, image: str, network: str, mounted: Iterable[Mounted] = ()
) -> StringCommand:
    """Starts it; its `beginning` comes on stdin.

    + name: of the container
    + of: the container of the Kestra that runs
    + network: of Docker, which is there
    + mounted: files of the host that it reads; one that is missing is an error

    Its data is in memory and ends with it. Only the host itself reaches it, at a port that Docker
    chooses.
    """
    options = [
        f"--name {shlex.quote(name)}",
        f"--label {shlex.quote(f'{_LABEL}={of}')}",
        f"--label {_ENDS}=$(($(date +%s) + {_ARRIVAL + _LIFE}))",
        f"--network {shlex.quote(network)}",
        f"-p 127.0.0.1::{UI}",
        f"--memory {MEMORY}m",
        "--init --read-only --cap-drop ALL --security-opt no-new-privileges:true",
        *(f"--tmpfs {folder}:mode=1777,exec" for folder in FOLDERS),
        *(f"--mount {shlex.quote(_mount(file))}" for file in mounted),
        f"-e JAVA_OPTS=-Xmx{_HEAP}m -e LANG=C.UTF-8",
        "--pull never --entrypoint /bin/sh",
    ]
    text = (
        f"docker run -d {' '.join(options)} {shlex.quote(image)} -c {shlex.quote(_START)} "
        f"< /dev/null && docker exec -i {shlex.quote(name)} sh -c {shlex.quote(_TAKE)}"
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
    chosen = f"--filter label={_LABEL} --filter {shlex.quote(f'name=^/{re.escape(name)}$')}"
    text = f'ids=$(docker ps -aq {chosen}) || exit; [ -z "$ids" ] || docker rm -f -v $ids'
    return StringCommand(f"sh -c {shlex.quote(text)}")


def clear(of: str) -> StringCommand:
    """Removes those whose time is over; any other one may be somebody's who asks it now.

    + of: as in `start`
    """
    chosen = f"--filter {shlex.quote(f'label={_LABEL}={of}')}"
    form = shlex.quote(f'{{{{.ID}}}} {{{{.Label "{_ENDS}"}}}}')
    text = (
        f"told=$(docker ps -a {chosen} --format {form}) || exit; now=$(date +%s); "
        'echo "$told" | while read -r id ends; do '
        '[ "${ends:-0}" -gt "$now" ] || [ -z "$id" ] || docker rm -f -v "$id" || exit; done'
    )
    return StringCommand(f"sh -c {shlex.quote(text)}")
