"""`.env` on the host: settings of the inventory, secrets generated once and kept."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.operations import env
from kestra_provision.profiles import stack_of
from kestra_provision.run.session import given_secrets
from kestra_provision.settings import Settings


@deploy("secrets")
def secrets(settings: Settings) -> None:
    """Mode 0600, root's; nothing of it is printed anywhere."""
    env.converged(
        name=".env with settings and secrets",
        stack=stack_of(settings),
        given=given_secrets(host),
    )
