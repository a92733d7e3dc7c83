"""What the repository has for Kestra, on the server: files, keys, flows; then what is left over."""

from typing import Any

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.kestra.kinds import kinds_here
from kestra_provision.operations import flows as operations
from kestra_provision.operations import flows_record, flows_valid
from kestra_provision.run.options import FlowsApply
from kestra_provision.settings import Settings


@deploy("flows")
def flows(settings: Settings, options: FlowsApply | None = None) -> None:
    """After the gate: it is Kestra that takes them. What a flow needs comes before it.

    + options: of whom decides conflicts, or deletes
    """
    told = options or FlowsApply()
    files, values, sources = kinds_here(host)
    flows_record.closed(name="record of the last sync closed", settings=settings)
    flows_valid.valid(name="flows valid to the server", settings=settings, flows=sources)
    deletions: dict[str, Any] = {
        "kinds": [sources, values, files],
        "prune": settings.flows_prune or told.prune,
        "number": told.delete,
        "mine": told.mine,
    }
    operations.meant(name="deletions as somebody meant them", settings=settings, **deletions)
    for each in (files, values, sources):
        operations.written(
            name=f"{each.noun}s as in the repository",
            settings=settings,
            resource=each,
            mine=told.mine,
        )
    operations.removed(name="nothing of ours left over", settings=settings, **deletions)
    operations.decided(
        name="no conflict left to somebody",
        settings=settings,
        kinds=[sources, values, files],
        named=told.item.split(),
        mine=told.mine,
    )
