"""Directories with owner and mode, and the proof that Kestra can write into its own."""

from pyinfra.api import deploy

from kestra_provision.operations import paths
from kestra_provision.render.host.paths import managed_paths
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout


@deploy("directories")
def directories(settings: Settings) -> None:
    """Storage and workdir belong to the user the Kestra image runs as, the rest to root."""
    layout = Layout(settings.root_dir)
    paths.directories(
        name="owner and mode",
        wanted=layout.directories,
        record=layout.record,
        among=managed_paths(settings),
    )
    paths.writable(
        name="Kestra's user can write",
        paths=layout.of_image,
        record=layout.record,
        among=managed_paths(settings),
    )
