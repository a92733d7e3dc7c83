"""PostgreSQL and Kestra as declared: network, containers."""

from pyinfra.api import deploy
from pyinfra.operations import docker

from kestra_provision import LABEL
from kestra_provision.operations import stack as operations
from kestra_provision.settings import Settings


@deploy("stack")
def stack(settings: Settings) -> None:
    """The shared network is made here and not by compose, which refuses one that others made."""
    docker.network(
        name=f"network {settings.network}", network=settings.network, labels=[f"{LABEL}=true"]
    )
    operations.up(name="PostgreSQL and Kestra run as declared", settings=settings)
