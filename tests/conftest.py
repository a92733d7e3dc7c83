"""For all tests: Ctrl-C reaches the programs they start."""

import signal

# A shell starts what it runs in the background with SIGINT ignored, every child inherits that, and
# some tests send it to theirs.
signal.signal(signal.SIGINT, signal.default_int_handler)
