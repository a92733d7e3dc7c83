"""`.env` on the host: settings of the inventory, secrets generated once and kept."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.operations import env
from kestra_provision.run.session import given_secrets
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import env_settings


@deploy("secrets")
def secrets(settings: Settings) -> None:
    """Mode 0600, root's; nothing of it is printed anywhere."""
    env.converged(
        name=".env with settings and secrets",
        root_dir=settings.root_dir,
        project=settings.project_name,
        volume=settings.volume,
        settings=env_settings(settings),
        given=given_secrets(host),
    )
