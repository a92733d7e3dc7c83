"""Log lines in Kestra's style on stdout. Callers never pass a secret."""

import json
import sys
import threading
from datetime import UTC, datetime

_LOCK = threading.Lock()
_json = False


def as_json() -> None:
    """From now on as the encoder of Elastic's schema writes them, blanks included."""
    global _json
    _json = True


def log(level: str, where: str, message: str) -> None:
    """Write one line: time, level, thread, logger, message."""
    now, thread = datetime.now(UTC), threading.current_thread().name
    if _json:
        line = (
            f'{{"@timestamp":"{now:%Y-%m-%dT%H:%M:%S.000Z}","log.level": "{level}",'
            f'"message":{json.dumps(message, ensure_ascii=False)},"ecs.version": "1.2.0",'
            f'"process.thread.name":"{thread}","log.logger":"{where}"}}'
        )
    else:
        line = (
            f"{now:%Y-%m-%d %H:%M:%S},{now:%f}"[:23] + f" {level:<5} {thread:<12} {where} {message}"
        )
    with _LOCK:
        sys.stdout.write(f"{line}\n")
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
