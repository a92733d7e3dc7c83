"""What the repository has for Kestra, on the server: files, keys, flows; then what is left over."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.kestra.files import Files
from kestra_provision.kestra.flows import Flows
from kestra_provision.kestra.values import Values
from kestra_provision.operations import flows as operations
from kestra_provision.run.state import of
from kestra_provision.settings import Settings


@deploy("flows")
def flows(settings: Settings) -> None:
    """After the gate: it is Kestra that takes them. What a flow needs comes before it."""
    tree, prune = of(host).flows, settings.flows_prune
    kinds = (Files(tree.files), Values(tree.values), Flows(tree))
    for each in kinds:
        operations.written(
            name=f"{each.noun}s as in the repository", settings=settings, resource=each
        )
    for each in reversed(kinds):
        operations.removed(
            name=f"no {each.noun} of ours left over", settings=settings, resource=each, prune=prune
        )
