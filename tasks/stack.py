"""The services as declared: network, containers."""

from pyinfra.api import deploy
from pyinfra.operations import docker

from kestra_provision import LABEL
from kestra_provision.operations import stack as operations
from kestra_provision.profiles import stack_of
from kestra_provision.settings import Settings


@deploy("stack")
def stack(settings: Settings) -> None:
    """The shared network is made here and not by compose, which refuses one that others made."""
    declared = stack_of(settings)
    docker.network(
        name=f"network {declared.shared}", network=declared.shared, labels=[f"{LABEL}=true"]
    )
    operations.up(name=f"{declared.titles} run as declared", stack=declared)
