"""What a drift check finds that a restart is there to mend, so that it does not stop at it."""

from __future__ import annotations

from kestra_provision.drift.report import Finding
from kestra_provision.facts.stack import StackSeen
from kestra_provision.stack.stack import Stack


def of_a_restart(finding: Finding, seen: StackSeen, stack: Stack, pull: bool) -> bool:
    """True for a container that is down or unwell, and for images while they are fetched anew.

    + pull: whether this restart fetches them: a run of its own that was killed half-way looks
      like images that somebody moved
    """
    if finding.stage == "health" or (pull and finding.stage == "images"):
        return True
    if finding.stage != "stack":
        return False
    for service, name in stack.containers.items():
        if finding.what == f"container {name}":
            found = seen.containers.get(name)
            if found is None or found.status != "running" or found.health == "unhealthy":
                return True
            return pull and found.image != seen.images.get(stack.images[service])
    return False
