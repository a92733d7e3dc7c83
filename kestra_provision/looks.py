"""What a command asks of a connected host; nothing in here changes one."""

from __future__ import annotations

from pyinfra.api.host import Host

from kestra_provision import lock
from kestra_provision.connection import use_sudo
from kestra_provision.facts.status import Status
from kestra_provision.layout import Layout
from kestra_provision.session import settings_of
from kestra_provision.status import UNREACHABLE, HostStatus, judge
from kestra_provision.summary import address


def status_of(host: Host) -> HostStatus:
    """How the host is; one that goes away meanwhile is unreachable, and no exception."""
    settings = settings_of(host)
    try:
        survey = use_sudo(host)
        if survey.privilege == "none":
            reason = f"{survey.user} is not root and may not use sudo without a password"
            return HostStatus(host.name, UNREACHABLE, (reason,))
        seen = host.get_fact(
            Status,
            check=Layout(settings.root_dir).health_check,
            holder=f"{lock.DIRECTORY}/{settings.project_name}.lock/holder",
            containers=settings.containers,
        )
    except Exception as error:
        return HostStatus(host.name, UNREACHABLE, (f"{type(error).__name__}: {error}",))
    return judge(host.name, settings, address(host, settings), seen)
