"""A file of the laptop on a host: sent as it is read, and taken when its sum is right."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host

from kestra_provision.remote import shell, upload
from kestra_provision.run.progress import Progress


def send(
    host: Host, source: Path, target: str, sha256: str, called: str = "", then: str = ""
) -> bool:
    """Whether it arrived; why not is said.

    + called: what people know it as
    + then: shell text for what arrived whole
    """
    called, size = called or source.name, source.stat().st_size
    file = shlex.quote(target)
    command = StringCommand(
        f"mkdir -p {shlex.quote(str(PurePosixPath(target).parent))} && cat > {file} "
        f"&& echo {sha256}'  '{file} | sha256sum -c --quiet{then and f' && {then}'}"
    )
    with source.open("rb") as stream:
        result = upload.stream(host, command, stream, Progress(host, f"sending {called}", size))
    if not (result.ok or shell.lost(host)):
        why = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
        host.log(f"{called} did not arrive: {''.join(why)}", log_func=logger.error)
    return result.ok
