"""Images of script tasks, where those have a Docker of their own."""

from pyinfra.api import deploy

from kestra_provision.docker.archive import archive_of
from kestra_provision.operations import script_images as operations
from kestra_provision.services.script_tasks import beside
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout


@deploy("script tasks")
def script_images(settings: Settings) -> None:
    """After the gate: Kestra needs none of them, and the first task would wait for its own."""
    for service in beside(settings):
        if settings.script_images:
            operations.present(
                name="their images are there",
                service=service,
                images=settings.script_images,
                record=Layout(settings.root_dir).record,
                archive=archive_of(settings),
            )
