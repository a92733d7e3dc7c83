"""What Kestra's API says of itself."""

from __future__ import annotations

import httpx
from packaging.version import InvalidVersion, Version


def running_version(answer: httpx.Response) -> Version | None:
    """The server's own word in its answer to `/api/v1/configs`; None when it has none."""
    try:
        return Version(str(answer.json()["version"]).partition("-")[0])
    except (ValueError, KeyError, TypeError, InvalidVersion):
        return None
