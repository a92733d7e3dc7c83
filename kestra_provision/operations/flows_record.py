"""Owner and mode of the record of the last sync of flows."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand

from kestra_provision.commands.files import set_owner_and_mode
from kestra_provision.facts.flows_record import FlowsRecord
from kestra_provision.kestra.synced import MODE
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout


@operation()
def closed(settings: Settings) -> Generator[PyinfraCommand]:
    """Repairs owner and mode of the record of the last sync, which tells what is ours."""
    path = Layout(settings.root_dir).flows
    wanted, access = f"{MODE} 0:0", observed(host, FlowsRecord, path=path).access
    if access in ("", wanted):
        host.noop(f"{path} is root's alone" if access else f"no {path} yet")
        return
    differs(host, path, f"file {wanted}", f"file {access}")
    yield set_owner_and_mode(path, mode=MODE, uid=0, gid=0)
