"""Waits for a healthy stack, says what it waits for, and shows why when it does not come."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Callable

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host

from kestra_provision.health.check import Check
from kestra_provision.health.verdict import Verdict, observe
from kestra_provision.profiles import stack_of
from kestra_provision.remote.session import NoAnswerError
from kestra_provision.remote.shell import LOST, lost, run_quietly, why
from kestra_provision.secrets.env import env_path, read_env
from kestra_provision.secrets.redact import redact, secrets_in
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError

_PAUSE = 1.0
#: The same line again after this many seconds, so that a long wait is seen to go on.
_REPEAT = 15.0
_LOG_LINES = 25


def wait_until_healthy(
    host: Host,
    settings: Settings,
    failed: Check | None = None,
    restart: Callable[[Check], object] | None = None,
) -> bool:
    """Waits up to `health_timeout` seconds. Returns False after showing the cause.

    + failed, restart: as `wait` has them
    """
    verdict = wait(
        lambda: look(host, settings),
        settings.health_timeout,
        say=host.log,
        pause=time.sleep,
        failed=failed,
        restart=restart,
    )
    if verdict.healthy:
        return True
    explain(host, settings, verdict.failed)
    return False


def look(host: Host, settings: Settings) -> Verdict:
    """Observes, and gives up when the host is gone: pyinfra raises when the last one fails."""
    said = LOST
    try:
        verdict = observe(host, settings)
        if verdict.healthy or not lost(host):
            return verdict
    except PyinfraError as error:
        said = why(host, error)
    container = stack_of(settings).main.container
    return Verdict((Check("the host", False, said, container, fatal=lost(host)),))


def wait(
    look: Callable[[], Verdict],
    timeout: float,
    say: Callable[[str], None],
    pause: Callable[[float], None],
    failed: Check | None = None,
    restart: Callable[[Check], object] | None = None,
) -> Verdict:
    """Looks again until healthy, hopeless or out of time; returns the last verdict.

    + look: makes one observation
    + timeout: seconds
    + say: takes one line when the reason to wait changes, and now and then while it does not
    + failed: what was seen a moment ago; said before the first look, because one at a service
      that hangs takes a while
    + restart: done once for what only a restart mends, as a Kestra that turns out to be older
      than its database when that one has started
    """
    start = time.monotonic()
    said, said_at = "", 0.0
    if failed:
        said = _reason(failed)
        say(f"{said} (0 of {timeout:.0f} s)")
    while True:
        verdict = look()
        waited = time.monotonic() - start
        if restart and not verdict.healthy and verdict.failed.restart and waited < timeout:
            say(f"{_reason(verdict.failed)}: only a restart mends that")
            restart(verdict.failed)
            restart = None
            continue
        if verdict.healthy or verdict.failed.fatal or waited >= timeout:
            return verdict
        line = _reason(verdict.failed)
        if line != said or waited - said_at >= _REPEAT:
            say(f"{line} ({waited:.0f} of {timeout:.0f} s)")
            said, said_at = line, waited
        pause(_PAUSE)


def _reason(failed: Check) -> str:
    return f"waiting for {failed.name}: {failed.detail}"


def explain(host: Host, settings: Settings, failed: Check) -> None:
    """Prints the failed check with cause and fix, and its container's last log lines.

    Secrets are struck out.
    """
    if lost(host):
        return
    host.log(f"not healthy: {failed.name}: {failed.detail}", log_func=logger.error)
    for title, text in (("cause", failed.cause), ("fix", failed.fix)):
        if text:
            host.log(f"    {title}: {text}", log_func=logger.error)
    logs = run_quietly(
        host, StringCommand(f"docker logs --tail {_LOG_LINES} {shlex.quote(failed.container)} 2>&1")
    )
    host.log(f"last lines of docker logs {failed.container}:", log_func=logger.error)
    for line in _without_secrets(host, settings, logs.stdout):
        host.log(f"    {line}", log_func=logger.error)


def _without_secrets(host: Host, settings: Settings, log: str) -> list[str]:
    """The log's lines; none where no `.env` tells what to strike out of what runs."""
    env = None
    with contextlib.suppress(EnvFileError, NoAnswerError):
        env = read_env(host, settings.root_dir)
    if env is None or not env.access:
        return [f"(not shown: {env_path(settings.root_dir)} does not tell which secrets are in it)"]
    return redact(log, secrets_in(env, stack_of(settings))).splitlines() or ["(none)"]
