"""How a start ends badly."""


class UncaughtError(Exception):
    """Thrown before n8n has its logger: Node prints it and the process exits 1."""


class CrashError(Exception):
    """n8n says what it was about, says why, and exits 1."""

    def __init__(self, about: str, why: str) -> None:
        super().__init__(why)
        self.about = about
