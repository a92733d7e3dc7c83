"""apt and dpkg on the host: patient with another one at work, and with nothing else."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Sequence

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.facts.apt import noninteractive_apt

from kestra_provision.remote import shell

#: Seconds. On a fresh server cloud-init or apt-daily is at work for a minute or two.
_PATIENCE = 300
_PAUSE = 2
#: apt and dpkg in their own words, with the process that holds the lock: `Could not get lock
#: /var/lib/apt/lists/lock. It is held by process 161 (apt-get)`, `dpkg frontend lock was locked by
#: another process with pid 189`.
_LOCKED = re.compile(
    r"^(?:E: |Error: |dpkg: error: )(Could not get lock .*|.* lock (?:was|is) locked by .*)"
)
#: apt refuses all its work until this was done ("dpkg was interrupted").
_FINISH = "DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --configure -a"
_LAST_LINES = 12


def refreshed() -> FunctionCommand:
    """Finishes what an interrupted dpkg left, and fetches the package lists."""
    return FunctionCommand(_refresh, (), {})


def installing(packages: Sequence[str], options: str = "", hint: str = "") -> FunctionCommand:
    """Installs packages, whose lists are fresh, and nothing that they only recommend.

    + options: more of apt-get's
    + hint: command whose output is shown beside apt's reasons when it fails
    """
    names = " ".join(shlex.quote(name) for name in packages)
    install = f"{noninteractive_apt('install')} --no-install-recommends"
    command = " ".join(filter(None, (install, options, names)))
    return FunctionCommand(_install, (command, hint), {})


def finish(host: Host) -> bool:
    """Finishes what an interrupted dpkg left half installed."""
    failed = "an earlier installation on the host cannot be finished (dpkg --configure -a)"
    return run(host, _FINISH, failed)


def run(host: Host, command: str, failed: str, hint: str = "") -> bool:
    """Runs one command of apt or dpkg, again and again only while another process has a lock.

    + failed: what to say when it fails, above its last lines

    `DPkg::Lock::Timeout` waits without a word, and neither for the lock of the package lists nor
    for that of the downloads.
    """
    end, said = time.monotonic() + _PATIENCE, ""
    while not (result := shell.run(host, StringCommand(f"export LC_ALL=C; {command}"))).ok:
        lock = _lock(result.stderr)
        if lock is None:
            _show(host, failed, result.stderr.strip() or result.stdout)
            if hint:
                _show(host, hint, shell.run(host, StringCommand(hint)).stdout)
            return False
        if time.monotonic() > end:
            host.log(f"gave up after {_PATIENCE // 60} minutes: {lock}", log_func=logger.error)
            return False
        if lock != said:
            host.log(f"waiting up to {_PATIENCE // 60} minutes: {lock}")
            said = lock
        time.sleep(_PAUSE)
    return True


def _refresh(state: State, host: Host) -> bool:
    failed = "the package lists could not be fetched (apt-get update)"
    return finish(host) and run(host, "apt-get -qq update", failed)


def _install(state: State, host: Host, command: str, hint: str) -> bool:
    return run(host, command, "the packages could not be installed (apt-get install)", hint)


def _lock(text: str) -> str | None:
    """The line that names the lock and who has it; None when the failure is another one."""
    return next((m[1] for line in text.splitlines() if (m := _LOCKED.match(line))), None)


def _show(host: Host, what: str, text: str) -> None:
    host.log(f"{what}:", log_func=logger.error)
    for line in text.strip().splitlines()[-_LAST_LINES:]:
        host.log(f"    {line}", log_func=logger.error)
