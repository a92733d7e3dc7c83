"""Directories with owner and mode, and the proof that Kestra can write into its own."""

from pyinfra.api import deploy

from kestra_provision.operations import paths
from kestra_provision.profiles import stack_of
from kestra_provision.settings import Settings


@deploy("directories")
def directories(settings: Settings) -> None:
    """What a container writes belongs to the user that its image runs as, the rest to root."""
    paths.directories(name="owner and mode", wanted=stack_of(settings).directories)
    paths.writable(name="Kestra's user can write")
