"""A flow of ours runs to its end, where that is asked for."""

from pyinfra.api import deploy

from kestra_provision.operations import smoke as operations
from kestra_provision.settings import Settings


@deploy("smoke")
def smoke(settings: Settings) -> None:
    """The last stage: an API that answers is no proof that a flow runs."""
    if settings.smoke_test:
        operations.placed(name="the canary flow is there", settings=settings)
        operations.passed(name="it ends in SUCCESS", settings=settings)
