"""The gate: the deploy ends well only with a Kestra that is proven healthy."""

from pyinfra.api import deploy

from kestra_provision.operations import gate
from kestra_provision.settings import Settings


@deploy("health")
def health(settings: Settings) -> None:
    """From the containers to an API that knows its password."""
    gate.healthy(name="Kestra answers, and only to its password", settings=settings)
