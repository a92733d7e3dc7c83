"""The flows of the repository, on the server."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.operations import flows as operations
from kestra_provision.run.state import of
from kestra_provision.settings import Settings


@deploy("flows")
def flows(settings: Settings) -> None:
    """After the gate: it is Kestra that takes them."""
    operations.synced(
        name="flows of the repository are on the server", settings=settings, tree=of(host).flows
    )
