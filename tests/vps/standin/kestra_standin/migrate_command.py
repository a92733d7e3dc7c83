"""`kestra migrate …`: the steps an upgrade runs between stopping and starting the server."""

from .configuration import Configuration
from .failures import UsageError
from .log import info
from .migrations import migrate
from .open_database import open_database
from .settings import Settings
from .versions import Version

LOGGER = "io.kestra.cli.commands.migrations"
_STEPS = {
    ("migrate", "metadata", "kv"),
    ("migrate", "metadata", "nsfiles"),
    ("migrate", "metadata", "secrets"),
    ("migrate", "default-tenant"),
    ("migrate", "plan"),
}


def words(arguments: list[str]) -> tuple[str, ...]:
    """Return the leading words of the command line, up to the first option."""
    names: list[str] = []
    for argument in arguments:
        if argument.startswith("-"):
            break
        names.append(argument)
    return tuple(names)


def run(version: Version, configuration: Configuration, step: tuple[str, ...]) -> int:
    """Run one step against the configured database and remember that it ran."""
    gone = {"metadata": version.is_two, "plan": version.is_one and not version.is_two}
    if step not in _STEPS or gone.get(step[1], False):
        raise UsageError(f"Unmatched arguments: {' '.join(step)}")
    database = open_database(configuration)
    if step[1] == "plan":
        info(LOGGER, f"Nothing to migrate for {version.text}")
        return 0
    migrate(database, version)
    Settings(database).put(f"standin.{'.'.join(step)}", version.text)
    info(LOGGER, f"{' '.join(step)}: done")
    return 0
