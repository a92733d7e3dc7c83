"""The host's docker.sock, where Kestra gets it."""

from __future__ import annotations

from pyinfra import host

from kestra_provision.facts.docker_socket import SocketGroup
from kestra_provision.run.observation import observed
from kestra_provision.services.script_tasks import gets_host_docker
from kestra_provision.settings import Settings

#: Root's: nobody else gets in. It stands in a plan only, for a host that has no Docker yet.
_UNKNOWN = 0


def group(settings: Settings) -> int | None:
    """The number of the group that may use it; None where Kestra does not get it.

    For whoever renders files within an operation: Docker is there by then.
    """
    if not gets_host_docker(settings):
        return None
    found = observed(host, SocketGroup)
    return _UNKNOWN if found is None else found
