"""How a start can go wrong: some mistakes end the process, others leave it alive and deaf."""


class RefusedError(Exception):
    """The server says why and exits 1: the restart policy sees it."""


class StuckError(Exception):
    """The server says why, opens no port and stays alive: only a readiness limit sees it."""


class BadStartError(Exception):
    """What ended 0.20 and leaves 1.x stuck."""


class UsageError(Exception):
    """The command line is none of Kestra's."""
