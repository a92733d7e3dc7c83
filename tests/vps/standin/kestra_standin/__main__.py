"""`python3 -m kestra_standin ARGUMENTS`: what `/app/kestra ARGUMENTS` runs."""

import os
import signal
import sys

# PID 1 has no default action for SIGTERM: until the server has its own handler, this one makes
# sure that `docker stop` does not have to wait for its time-out.
signal.signal(signal.SIGTERM, lambda *_: os._exit(143))

from .launcher import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
