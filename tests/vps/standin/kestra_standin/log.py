"""Log lines in Kestra's style on stdout. Callers never pass a secret."""

import sys
import threading
from datetime import UTC, datetime

_LOCK = threading.Lock()


def log(level: str, where: str, message: str) -> None:
    """Write one line: time, level, thread, logger, message."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    thread = threading.current_thread().name
    with _LOCK:
        sys.stdout.write(f"{now} {level:<5} {thread:<12} {where} {message}\n")
        sys.stdout.flush()


def info(where: str, message: str) -> None:
    """Log at INFO."""
    log("INFO", where, message)


def warn(where: str, message: str) -> None:
    """Log at WARN."""
    log("WARN", where, message)


def error(where: str, message: str) -> None:
    """Log at ERROR."""
    log("ERROR", where, message)
