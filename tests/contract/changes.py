"""Ways to break a configuration that works."""

import copy
from typing import Any

ABSENT = object()


def changed(configuration: dict[str, Any], path: str, value: Any = ABSENT) -> dict[str, Any]:
    """Return a copy with the value at a dotted path replaced, or removed when none is given."""
    result = copy.deepcopy(configuration)
    node = result
    *parents, last = path.split(".")
    for name in parents:
        node = node.setdefault(name, {})
    if value is ABSENT:
        del node[last]
    else:
        node[last] = value
    return result
