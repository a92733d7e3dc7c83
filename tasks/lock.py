"""One run at a time works on a host."""

from pyinfra.api import deploy

from kestra_provision.operations import lock
from kestra_provision.settings import Settings


@deploy("lock")
def locked(settings: Settings, why: str) -> None:
    """Before the first change; the end of the run lets go of it."""
    lock.taken(name="nobody else works here", project=settings.project_name, why=why)
