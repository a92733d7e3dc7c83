"""Log lines as n8n writes them by default: the bare text, no time and no level."""

import sys
import threading
from typing import TextIO

_LOCK = threading.Lock()


def info(text: str) -> None:
    """Write to stdout, as n8n does with everything its logger gets."""
    _write(sys.stdout, text)


def warn_early(text: str) -> None:
    """Write to stderr: what n8n says before it has a logger."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    with _LOCK:
        print(text, file=stream, flush=True)
