"""-q: a command that says nothing unless it fails, as a timer or CI wants it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile


def quietly() -> None:
    """Goes on in a child process, whose words are shown only where its exit code is not 0.

    The parent ends as the child does, and hands its signals on. Nobody could see a question, so the
    child has no terminal to ask at. To be called before anything is connected to.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            nothing = os.open(os.devnull, os.O_RDONLY)
            for number, instead in enumerate((nothing, out.fileno(), err.fileno())):
                os.dup2(instead, number)
            return
        for caught in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(caught, lambda number, _: os.kill(child, number))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            for said, place in ((out, sys.stdout), (err, sys.stderr)):
                said.seek(0)
                shutil.copyfileobj(said, place.buffer)
    sys.exit(code if code >= 0 else 128 - code)
