"""A registry's login, and whose Docker keeps."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field

#: Docker Hub's name in its configuration.
_HUB = "https://index.docker.io/v1/"


@dataclass(frozen=True)
class Login:
    """Who logs in where; `password` is None when the operator gives none in this run."""

    registry: str
    username: str
    password: str | None = field(default=None, repr=False)


def stored_user(config: str, registry: str) -> str | None:
    """Whose login Docker's configuration holds for this registry; None without one.

    A credential helper keeps the user to itself, which counts as none.
    """
    try:
        entry = json.loads(config)["auths"][_HUB if registry == "docker.io" else registry]
        decoded = base64.b64decode(entry["auth"], validate=True).decode()
    except (binascii.Error, LookupError, TypeError, ValueError):
        return None
    return decoded.partition(":")[0] or None
