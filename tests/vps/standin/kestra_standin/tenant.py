"""Where the tenant stands in a path, or may be left out."""

from .errors import ApiError

_ROOT = "/api/v1/"
_RESOURCES = {
    "concurrency-limit",
    "executions",
    "flows",
    "kv",
    "logs",
    "namespaces",
    "triggers",
    "usages",
}


def with_tenant(path: str) -> str:
    """Return the path below the one tenant there is; another tenant answers 400 to everybody."""
    first, _, rest = path.removeprefix(_ROOT).partition("/")
    if not path.startswith(_ROOT) or first == "main":
        return path
    if first in _RESOURCES:
        return f"{_ROOT}main/{path.removeprefix(_ROOT)}"
    if rest.partition("/")[0] in _RESOURCES:
        raise ApiError(400, "Bad Request: Tenant must be 'main' for OSS version")
    return path
