"""The services as declared: network, containers."""

from pyinfra.api import deploy

from kestra_provision.operations import network
from kestra_provision.operations import stack as operations
from kestra_provision.profiles import stack_of
from kestra_provision.settings import Settings


@deploy("stack")
def stack(settings: Settings) -> None:
    """The shared network is made here and not by compose, which refuses one that others made."""
    declared = stack_of(settings)
    network.present(name=f"network {declared.shared}", network=declared.shared)
    run = "run" if len(declared.services) > 1 else "runs"
    operations.up(name=f"{declared.titles} {run} as declared", stack=declared)
