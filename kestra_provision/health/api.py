"""The API's answers to those who know its password and those who do not."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from pyinfra.api.host import Host

from kestra_provision.health.check import Check
from kestra_provision.kestra.client import running_version
from kestra_provision.remote.http import http_client
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.versions import api_prefix, kestra_version

_STARTING = "the API is starting, or does not get what it needs from its database"
_FIX = "{deploy}"


def api_answers(
    host: Host, settings: Settings, env: HostEnv, versions: dict[str, str]
) -> Iterator[Check]:
    """401 without credentials, 401 with wrong ones, 200 with ours, on a path that needs them.

    `/api/v1/configs` is open to everybody in some versions, so it only tells the version.

    + versions: gets the one of the server that answers
    """
    name = settings.container_name
    ours = (settings.basic_auth_username, env.secrets.get(passwords.BASIC_AUTH, ""))
    wrong = (settings.basic_auth_username, "wrong-on-purpose")
    try:
        with http_client(host, settings.http_port, settings.local_address) as client:
            running = running_version(client.get("/api/v1/configs", auth=ours))
            version = running or kestra_version(settings.kestra_image)
            versions["kestra"] = str(running or "")
            path = f"{api_prefix(version)}/flows/search"
            for who, auth, expected in (
                ("without credentials", None, 401),
                ("with wrong credentials", wrong, 401),
                ("with ours", ours, 200),
            ):
                status = client.get(path, auth=auth).status_code
                yield answer(name, who, status, expected)
    except httpx.ProxyError as error:  # nothing is known of Kestra
        yield Check("API", False, str(error), name, fatal=True, fix=str(error).partition("; ")[2])
    except httpx.HTTPError as error:
        detail = f"port {settings.http_port} does not answer ({error})"
        yield Check("API", False, detail, name, cause=_STARTING, fix=_FIX)


def answer(name: str, who: str, status: int, expected: int) -> Check:
    """What a status says, to who asked."""
    detail, cause = f"{status}, {expected} expected", _STARTING
    if expected == 401 and status == 200:
        detail = "200: the API is open to everybody who reaches it"
        cause = "the basic-auth block is missing in application.yaml, or `enabled` below 0.24"
    elif expected == 200 and status == 401:
        detail = (
            "401: Kestra does not accept the credentials in .env. "
            f"docker logs {name} shows whether it took its configuration"
        )
        cause = "it was changed in .env or in Kestra alone; the container still has the old one"
    ok = status == expected
    return Check(f"API {who}", ok, detail, name, cause="" if ok else cause, fix="" if ok else _FIX)
