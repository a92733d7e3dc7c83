"""The command line of `/app/kestra`: which commands there are, and how they end."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from . import metrics, migrate_command
from .application import Application, Role
from .configuration import Configuration
from .database import DatabaseError
from .failures import BadStartError, RefusedError, StuckError, UsageError
from .log import as_json, error, info, warn
from .versions import Version

LOGGER = "io.kestra.cli.App"
USAGE = """kestra-standin {version}: a stand-in for tests, this is not Kestra.
Usage: kestra [-hV] [COMMAND]

Commands:
  server standalone|local|webserver|executor|scheduler|worker|indexer
  migrate metadata|default-tenant|plan

Options of a server:
  -c, --config=FILE   configuration file, merged over the default one
  --port=N            the port of the UI and the API
"""
_VALUE_OPTIONS = {"--port", "--worker-thread", "--flow-path", "--plugins", "-p", "-l"}
_FLAGS = {"--no-tutorials", "--no-indexer", "-v", "--internal-log"}
#: Names of what is to be left alone, in the spelling of today and the one before.
_VALUE_OPTIONS |= {
    f"--{word}-{what}"
    for word in ("ignore", "skip")
    for what in ("executions", "flows", "namespaces", "tenants")
}
_stop = threading.Event()
_exit_code = 143


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    version = Version.from_environment()
    # PID 1 has no default action for SIGTERM: without this `docker stop` would take 10 s.
    signal.signal(signal.SIGTERM, _on_signal)
    signal.signal(signal.SIGINT, _on_signal)
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stdout.write(USAGE.format(version=version.text))
        return 0
    if arguments[0] in {"-V", "--version"}:
        sys.stdout.write(f"{version.text}\n")
        return 0
    try:
        return _command(version, arguments)
    except UsageError as problem:
        error(LOGGER, str(problem))
        return 2 if version.is_one else 1
    except (RefusedError, StuckError, BadStartError, DatabaseError) as problem:
        stuck = isinstance(problem, StuckError)
        if not stuck and (isinstance(problem, RefusedError) or not version.is_one):
            error(LOGGER, f"Startup failed, exiting: {problem}")
            return 1
        error(LOGGER, f"Error starting bean context: {problem}")
        _stop.wait()
        return _exit_code


def _command(version: Version, arguments: list[str]) -> int:
    names = [word for word in arguments if not word.startswith("-")]
    if names[0] == "server" and "--help" in arguments:
        sys.stdout.write(USAGE.format(version=version.text))
        return 0
    if names[0] == "server" and len(names) > 1 and names[1] in {role.value for role in Role}:
        return _serve(version, Role(names[1]), arguments[2:])
    if names[0] == "migrate":
        options = _options(arguments[len(migrate_command.words(arguments)) :])
        configuration = Configuration.load(options.get("--config"), os.environ, version)
        return migrate_command.run(version, configuration, migrate_command.words(arguments))
    sys.stderr.write(f"Unmatched arguments from index 0: {' '.join(names)}\n")
    sys.stderr.write(USAGE.format(version=version.text))
    return 2 if version.is_one else 1


def _serve(version: Version, role: Role, arguments: list[str]) -> int:
    options = _options(arguments)
    info(LOGGER, f"kestra-standin {version.text}: this is a stand-in for tests, not Kestra")
    info(LOGGER, f"Starting Kestra with environments [cli], server type {role.name}")
    configuration = Configuration.load(options.get("--config"), os.environ, version)
    if (form := configuration.text("logger.config")) and "ecs" in Path(form).read_text():
        as_json()
    metrics.GAUGES["kestra_worker_job_thread"] = int(options.get("--worker-thread", 16))
    executors = configuration.number("kestra.jdbc.executor.thread-count", 0)
    metrics.GAUGES["kestra_executor_thread_count"] = executors or 4
    application = Application(version, role, configuration, options.get("--port"), _end)
    application.start()
    _stop.wait()
    if _exit_code == 143:
        info(LOGGER, "SIGTERM received, shutting the server down")
    if _exit_code in {0, 143}:
        application.stop()
    return _exit_code


def _options(arguments: list[str]) -> dict[str, str]:
    """Read `--name value` and `--name=value`; anything unknown ends the start."""
    found: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        name = "--config" if name == "-c" else name
        if name in _FLAGS:
            warn(LOGGER, f"Option {name} has no effect in the stand-in")
        elif name == "--config" or name in _VALUE_OPTIONS:
            if not equals and not rest:
                raise UsageError(f"Missing required parameter for option '{name}'")
            found[name] = value if equals else rest.pop(0)
        else:
            raise UsageError(f"Unknown option: '{name}'")
    return found


def _end(code: int) -> None:
    global _exit_code
    _exit_code = code
    _stop.set()


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    _stop.set()
