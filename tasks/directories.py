"""Directories with owner and mode, and the proof that each image can write into its own."""

from pyinfra.api import deploy

from kestra_provision.operations import paths
from kestra_provision.profiles import stack_of
from kestra_provision.settings import Settings
from kestra_provision.text.words import enumerated


@deploy("directories")
def directories(settings: Settings) -> None:
    """What a container writes belongs to the user that its image runs as, the rest to root."""
    stack = stack_of(settings)
    paths.directories(name="owner and mode", wanted=stack.directories)
    of = enumerated(f"{service.title}'s" for service in stack.services if service.writes)
    users = "user" if len(stack.writers) == 1 else "users"
    paths.writable(name=f"{of} {users} can write")
