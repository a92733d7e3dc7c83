"""The certificate that users of Kestra get to see."""

from __future__ import annotations

import socket
import ssl
import time
from urllib.parse import urlsplit

from kestra_provision.text.difference import Difference

_TIMEOUT = 5.0
#: Let's Encrypt renews 30 days before the end; half of that is a renewal that does not work.
WARN_DAYS = 14


def certificate_notice(url: str, context: ssl.SSLContext | None = None) -> Difference | None:
    """What is wrong with the certificate of an https URL, as a browser here would judge it.

    + url: Kestra's address; None is the answer for one without https
    + context: what to trust, the system's authorities by default
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return None
    what = f"certificate of {parts.hostname}"
    try:
        days = _days_left(parts.hostname, parts.port or 443, context)
    except ssl.SSLError as error:
        return _notice(what, getattr(error, "verify_message", "") or str(error.reason or error))
    except OSError as error:
        return _notice(what, f"could not be asked from here: {error}")
    return _notice(what, f"ends in {int(days)} days") if days < WARN_DAYS else None


def _days_left(name: str, port: int, context: ssl.SSLContext | None) -> float:
    trusted = context or ssl.create_default_context()
    with (
        socket.create_connection((name, port), timeout=_TIMEOUT) as connection,
        trusted.wrap_socket(connection, server_hostname=name) as session,
    ):
        found = session.getpeercert() or {}
    return (ssl.cert_time_to_seconds(str(found["notAfter"])) - time.time()) / 86400


def _notice(what: str, actual: str) -> Difference:
    fix = "look at the reverse proxy that serves it"
    return Difference(what, f"valid for {WARN_DAYS} days and more", actual, fix, "notice")
