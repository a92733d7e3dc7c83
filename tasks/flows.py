"""The flows of the repository, on the server."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.kestra.flows import Flows
from kestra_provision.operations import flows as operations
from kestra_provision.run.state import of
from kestra_provision.settings import Settings


@deploy("flows")
def flows(settings: Settings) -> None:
    """After the gate: it is Kestra that takes them. Deletions come last."""
    found = Flows(of(host).flows)
    operations.written(name="flows are as in the repository", settings=settings, resource=found)
    operations.removed(
        name="no flow of ours is left over",
        settings=settings,
        resource=found,
        prune=settings.flows_prune,
    )
