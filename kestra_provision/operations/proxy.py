"""The HTTP proxy of apt: a file of ours beside those of others."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import StringCommand

from kestra_provision.commands.files import write_file
from kestra_provision.docker.proxy import apt_text
from kestra_provision.facts.apt_proxy import APT_PROXY, AptProxy
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.text.difference import MISSING

_ACCESS = "644 0 0"


@operation()
def for_apt(proxy: str | None, exceptions: Sequence[str]) -> Generator[StringCommand]:
    """Writes apt's proxy file, or removes the one we wrote.

    + proxy: None removes it
    + exceptions: hosts reached without it

    `files.template` and `files.file` have no notion of whose file it is; one that lost our
    header belongs to somebody else, and is not removed.
    """
    seen = observed(host, AptProxy)
    if proxy is None:
        if seen.ours:
            differs(host, APT_PROXY, "no proxy", "a proxy file of ours")
            yield StringCommand("rm -f", shlex.quote(APT_PROXY))
        else:
            host.noop("apt has no proxy of ours")
        return
    wanted = apt_text(proxy, exceptions)
    if seen.text == wanted.rstrip("\n") and seen.access == _ACCESS:
        host.noop(f"apt goes through {proxy}")
        return
    differs(
        host,
        APT_PROXY,
        f"apt goes through {proxy}",
        "another content, owner or mode" if seen.access else MISSING,
    )
    yield write_file(APT_PROXY, wanted, mode="644", uid=0, gid=0)
