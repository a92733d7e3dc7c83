"""Directories with owner and mode, and the proof that Kestra can write into its own."""

from pyinfra.api import deploy

from kestra_provision.operations import paths
from kestra_provision.profiles import stack_of
from kestra_provision.render.host.paths import managed_paths
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout


@deploy("directories")
def directories(settings: Settings) -> None:
    """What a container writes belongs to the user that its image runs as, the rest to root."""
    layout, stack = Layout(settings.root_dir), stack_of(settings)
    paths.directories(
        name="owner and mode",
        wanted=stack.directories,
        record=layout.record,
        among=managed_paths(settings, stack),
        owners=stack.owners,
    )
    paths.writable(
        name="Kestra's user can write",
        record=layout.record,
        among=managed_paths(settings, stack),
        owners=stack.owners,
    )
