"""The command line of `n8n`: start, and the two exports that show what a key can read."""

import json
import os
import sys
from pathlib import Path

from .cipher import DecryptError
from .database import Database, DatabaseError
from .environment import Environment
from .failures import CrashError, UncaughtError
from .instance import Instance
from .log import info, warn_early
from .start import DATABASES, Start
from .store import Store

_VERSION_FLAGS = {"-v", "-V", "--version"}
VERSION = os.environ.get("STANDIN_VERSION", "1.123.81").removeprefix("v")


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    if arguments and arguments[-1] in _VERSION_FLAGS:
        sys.stdout.write(f"{VERSION}\n")
        return 0
    name = arguments[0] if arguments else "start"
    environment = Environment(os.environ)
    try:
        kind = environment.choice("DB_TYPE", DATABASES)
        # Read before the instance is, as n8n does: a missing file ends it before a wrong key.
        database = Database(environment)
        instance = Instance(environment)
        if name == "start":
            return Start(environment, kind, database, instance, VERSION).run()
        if name in {"export:credentials", "export:workflow"}:
            database.open()
            return _export(name, arguments[1:], Store(database, instance.encryption_key))
    except UncaughtError as problem:
        warn_early(f"Error: {problem}")
        return 1
    except CrashError as problem:
        # n8n writes the first line twice.
        for line in (problem.about, problem.about, str(problem)):
            info(line)
        return 1
    except DatabaseError as problem:
        info(f"There was an error initializing DB\n{problem}")
        return 1
    info(f'Error: Command "{name}" not found')
    return 1


def _export(name: str, options: list[str], store: Store) -> int:
    given = dict(option.partition("=")[::2] for option in options)
    try:
        rows = (
            store.credentials(decrypted="--decrypted" in given)
            if name == "export:credentials"
            else store.workflows()
        )
    except DecryptError as problem:
        info("Error exporting credentials. See log messages for details.")
        info(f"{problem}\n{problem}")
        return 1
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    if output := given.get("--output"):
        Path(output).write_text(text, encoding="utf-8")
        info(f"Successfully exported {len(rows)} {name.partition(':')[2]}.")
    else:
        sys.stdout.write(f"{text}\n")
    return 0
