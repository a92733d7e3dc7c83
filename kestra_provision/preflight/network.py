"""Judges a network that has the name of the stack's own one: compose takes none but its own."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from kestra_provision.settings import Problem
from kestra_provision.stack.stack import Stack


def judge_network(stack: Stack, seen: Mapping[str, str]) -> list[Problem]:
    """The network that two stacks share may be anybody's, the internal one may not.

    + seen: by name of a network that is there, the compose project it is of
    """
    if seen.get(stack.internal, stack.project) == stack.project:
        return []
    return [
        Problem(
            f"a network named {stack.internal} exists and is not ours",
            "docker network ls on the host",
            f"set project_name to another name, or if nobody needs it: "
            f"docker network rm {shlex.quote(stack.internal)}",
        )
    ]
