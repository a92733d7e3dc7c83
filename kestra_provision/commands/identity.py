"""Who works here, as locks and the audit on a host name it."""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import uuid
from pathlib import Path


def operator() -> str:
    """The person and the laptop, such as `alice@laptop`."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in a container
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def origin() -> str:
    """Tells two laptops of one name apart, and a container from its host: they share no process."""
    machine = Path("/etc/machine-id")
    number = machine.read_text().strip() if machine.is_file() else str(uuid.getnode())
    processes = Path("/proc/self/ns/pid")
    space = processes.readlink() if processes.is_symlink() else ""
    return hashlib.sha256(f"{operator()} {number} {space}".encode()).hexdigest()[:16]


def alive(pid: int) -> bool:
    """True while this laptop has a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
