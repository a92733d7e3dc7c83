"""Opens the database that the configuration names, each with the types that are required."""

from collections.abc import Callable

from .configuration import Configuration
from .database import Database
from .failures import BadStartError
from .h2 import DEFAULT_URL, H2
from .postgres import Postgres

#: By the word that `kestra.queue.type` and `kestra.repository.type` have for it.
KINDS: dict[str, Callable[[Configuration], Database]] = {
    "postgres": Postgres,
    "h2": lambda configuration: H2(configuration.text("datasources.h2.url", DEFAULT_URL)),
}


def open_database(configuration: Configuration) -> Database:
    """Return the one database of a configured server."""
    kinds = [configuration.get(f"kestra.{part}.type") for part in ("queue", "repository")]
    if None in kinds:
        raise BadStartError("Incomplete server configuration - missing required properties")
    if kinds[0] not in KINDS or kinds[0] != kinds[1]:
        raise BadStartError(
            f"kestra.queue.type {kinds[0]} and kestra.repository.type {kinds[1]}: "
            f"the stand-in knows one and the same of {' and '.join(KINDS)}"
        )
    return KINDS[str(kinds[0])](configuration)
