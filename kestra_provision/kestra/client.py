"""One client of Kestra's API: where the server listens now, its version, and the login it takes."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx
from packaging.version import InvalidVersion, Version
from pyinfra.api.host import Host

from kestra_provision.kestra.access import Access, Login
from kestra_provision.remote.http import http_client
from kestra_provision.settings import Settings
from kestra_provision.settings.versions import api_prefix, kestra_version

CONFIGS, PLUGINS = "/api/v1/configs", "/api/v1/plugins"
#: The most that a page has.
_PAGE = 1000


class Kestra:
    """A server that answers, asked by whoever holds one of its logins.

    Each call raises `httpx.HTTPError`: without an answer, and for an answer that is an error
    unless it is one of those the caller knows what to do with.
    """

    def __init__(self, http: httpx.Client, declared: Version | None) -> None:
        self._http, self._declared = http, declared

    @cached_property
    def version(self) -> Version | None:
        """Its own word, or the declared image's where it has none."""
        return running_version(self._http.get(CONFIGS)) or self._declared

    def call(
        self, method: str, path: str, *, allowed: Sequence[int] = (), **request: Any
    ) -> httpx.Response:
        """Sends one request.

        + path: behind the prefix of the API, as `/flows/search`
        + allowed: statuses of an error that are answers to the caller
        + request: as `httpx.Client.request` takes it
        """
        url = api_prefix(self.version) + path
        response = self._http.request(method, url, **request)
        if response.status_code not in allowed:
            response.raise_for_status()
        return response

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """All results of a search, however many pages they are."""
        page, left = 1, 1
        while left > 0:
            told = {"size": _PAGE, "page": page}
            found = self.call("GET", path, params=told).json()
            yield from found["results"]
            left, page = int(found["total"]) - page * _PAGE, page + 1

    def plugins(self) -> Any:
        """What it has loaded; the same for all tenants."""
        return self._http.get(PLUGINS).raise_for_status().json()


@contextmanager
def connected(host: Host, settings: Settings, found: Access) -> Iterator[Kestra]:
    """A client of the server that was found on the host.

    + found: as `access.look` tells: it is asked where it listens, not where it is declared to
    """
    port, address = found.port or settings.http_port, found.address or settings.local_address
    with http_client(host, port, address) as http:
        http.auth = _FirstThatFits(found.logins or [("", "")])
        yield Kestra(http, kestra_version(settings.kestra_image))


class _FirstThatFits(httpx.Auth):
    """Who is refused asks again as the next one; who is let in stays it.

    The last one's refusal is the answer.
    """

    requires_request_body = True

    def __init__(self, logins: Sequence[Login]) -> None:
        self._left = [httpx.BasicAuth(*login) for login in logins]

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        while True:
            response = yield next(self._left[0].auth_flow(request))
            if response.status_code != httpx.codes.UNAUTHORIZED or len(self._left) == 1:
                return
            del self._left[0]


def running_version(answer: httpx.Response) -> Version | None:
    """The server's own word in its answer to `/api/v1/configs`; None when it has none."""
    try:
        return Version(str(answer.json()["version"]).partition("-")[0])
    except (ValueError, KeyError, TypeError, InvalidVersion):
        return None
