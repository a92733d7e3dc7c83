"""The logs of all containers, saved on the host before a restart wipes them out."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from pyinfra.api.command import StringCommand

from kestra_provision.commands.files import temporary

KEPT = 20
#: Docker keeps up to 30 MB of a container's log, and twenty copies of that would fill a disk.
_LINES = 50_000
#: Shorter values are no secrets, and striking them out would make a log unreadable.
SHORTEST = 6

#: Secrets come first, on stdin, up to this line: they never stand in a command line.
_END = "@@"
#: Every line is let out at once: the host's own scripts follow a log with it.
STRIKE = r"""
function strike(text, secret,    done, at) {
    done = ""
    while (at = index(text, secret)) {
        done = done substr(text, 1, at - 1) "*****"
        text = substr(text, at + length(secret))
    }
    return done text
}
!begun { if ($0 == "@@") begun = 1; else if ($0 != "") secrets[++n] = $0; next }
{ for (i = 1; i <= n; i++) $0 = strike($0, secrets[i]); print; fflush() }
"""


def save(folder: str, name: str, containers: Iterable[str]) -> StringCommand:
    """Writes a file with the last lines of each container, 0640, and removes the oldest ones.

    + name: of the file, beginning with the time

    What shall be struck out comes on stdin, one value a line.
    """
    directory, target = shlex.quote(folder), shlex.quote(f"{folder}/{name}")
    new = shlex.quote(temporary(f"{folder}/{name}"))
    suffix = shlex.quote(name.partition("-")[2])
    logs = "; ".join(
        f"echo '== docker logs {name}'; docker logs --timestamps --tail {_LINES} {name} 2>&1"
        for name in map(shlex.quote, containers)
    )
    return StringCommand(
        f"export LC_ALL=C; {{ [ -d {directory} ] || install -d -m 750 {directory}; }} "
        f"&& umask 027 && {{ cat; echo {_END}; {{ {logs}; }} < /dev/null; }} "
        f"| awk {shlex.quote(STRIKE)} > {new} "
        f"&& chmod 640 {new} && mv -f {new} {target} && cd {directory} "
        f"&& ls -1 | grep -- -{suffix}'$' | sort | head -n -{KEPT} | xargs -r rm -f --"
    )
