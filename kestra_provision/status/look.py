"""What a command asks of a connected host; nothing in here changes one."""

from __future__ import annotations

from pyinfra.api.host import Host

from kestra_provision.commands import lock
from kestra_provision.facts.status import Status
from kestra_provision.remote import shell
from kestra_provision.run.hosts import use_sudo
from kestra_provision.run.state import of, run_of
from kestra_provision.stack.layout import Layout
from kestra_provision.status import address
from kestra_provision.status.judge import UNKNOWN, UNREACHABLE, HostStatus, judge


def status_of(host: Host) -> HostStatus:
    """How the host is; one that goes away meanwhile is unreachable, and no exception."""
    of_host, commands = of(host), run_of(host.state).commands
    settings, stack = of_host.settings, of_host.stack
    try:
        survey = use_sudo(host)
        if survey.privilege == "none":
            reason = f"{survey.user} is not root and may not use sudo without a password"
            return HostStatus(host.name, UNREACHABLE, (reason,))
        seen = host.get_fact(
            Status,
            check=Layout(settings.root_dir).health_check,
            holder=lock.holder_path(settings.project_name),
            containers=stack.containers,
        )
    except Exception as error:
        return HostStatus(host.name, UNREACHABLE, (shell.why(host, error),))
    url = address.url(host, settings, seen.published(stack.pages[0], stack.main.container))
    try:
        return judge(host.name, stack, url, seen, commands)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"the host's health check is of another version ({error!r}); {commands.deploy()}"
        return HostStatus(host.name, UNKNOWN, (reason,), url)
