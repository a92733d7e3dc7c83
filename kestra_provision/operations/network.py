"""The Docker network that a stack shares with others."""

from __future__ import annotations

import shlex
from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation

from kestra_provision import LABEL
from kestra_provision.facts.network import Network
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.text.difference import MISSING


@operation()
def present(network: str) -> Generator[str]:
    """Makes a network that is missing; one that others made is used as it is.

    + network: name

    pyinfra's `docker.network` asks in a channel of its own, and does not say what it found.
    """
    if observed(host, Network, network=network).there:
        host.noop(f"network {network} is there")
        return
    differs(host, f"network {network}", "there", MISSING)
    yield f"docker network create --label {LABEL}=true {shlex.quote(network)}"
