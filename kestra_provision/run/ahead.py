"""What the operations of a plan are about to make, for those that come after them.

While nothing is executed a later operation looks at a host that the earlier ones have not changed
yet. So each says what it would leave behind, and the later ones go by that. Once operations are
executed nothing is ahead: live state decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyinfra.api.host import Host

from kestra_provision.run import state
from kestra_provision.run.coming import Coming


def of(host: Host) -> Coming:
    """What is ahead, to be read and added to by operations; always empty in an execution."""
    return state.of(host).coming if is_all(host) else Coming()


def is_all(host: Host) -> bool:
    """True while operations are only asked: by a plan, or by a check within a run."""
    return state.of(host).collected is not None or not host.state.is_executing


def anew(host: Host) -> None:
    """For whoever asks all operations from the first one."""
    state.of(host).coming = Coming()


def touches(host: Host, paths: Iterable[str]) -> bool:
    """True when one of these files is about to be written, or to get another owner or mode."""
    coming = of(host)
    return any(path in coming.files or path in coming.paths for path in paths)
