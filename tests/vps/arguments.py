"""Writes down with what arguments a server's programs are started: anybody there can see those."""

from __future__ import annotations

from tests.vps.machine import Vps

_SEEN = "/var/arguments"
_FARM = "/usr/local/bin"
#: A file a process, because lines of several that run beside each other would mix.
_WRAPPER = f"""#!/bin/dash
printf '%s ' "$0" "$@" >> {_SEEN}/$$
exec /usr/bin/${{0##*/}} "$@"
"""


def record(vps: Vps) -> None:
    """From now on, for all that is called by its name, and for each command that SSH brings.

    Sampling `ps` would not see what ends at once. The login shell's arguments are the command.
    """
    vps.run(
        f"mkdir -m 1777 {_SEEN} && cat > {_FARM}/recorded && chmod 755 {_FARM}/recorded && "
        f"cd /usr/bin && for p in *; do ln -s recorded {_FARM}/$p; done; "
        # Docker puts this one into containers.
        f"rm -f {_FARM}/docker-init; "
        f"usermod --shell {_FARM}/bash root",
        stdin=_WRAPPER,
    )


def recorded(vps: Vps) -> str:
    """All that was started since `record`."""
    return vps.run(f"find {_SEEN} -type f -exec cat {{}} +").stdout
