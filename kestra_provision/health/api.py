"""The API's answers to those who know its password and those who do not."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from packaging.version import Version
from pyinfra.api.host import Host

from kestra_provision.facts.health import ServiceHealth
from kestra_provision.health.check import Check
from kestra_provision.kestra.client import running_version
from kestra_provision.kestra.waiting import waiting
from kestra_provision.remote.http import http_client
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.versions import api_prefix, kestra_version
from kestra_provision.text.words import one_line, plural

#: The check that tells whether what people start begins.
EXECUTIONS = "executions"
_STARTING = "the API is starting, or does not get what it needs from its database"
_FIX = "{deploy}"
_CONFIGS = "/api/v1/configs"


def api_answers(
    host: Host, settings: Settings, env: HostEnv, versions: dict[str, str], seen: ServiceHealth
) -> Iterator[Check]:
    """A password that is set: 401 without credentials and with wrong ones, 200 with ours.

    Asked on a path that needs them: `/api/v1/configs` is open to everybody in some versions, so it
    only tells the version, and whether a password is set. Then, whether executions are taken up.

    + versions: gets the one of the server that answers
    + seen: of the look at its container
    """
    name = settings.container_name
    ours = (settings.basic_auth_username, env.secrets.get(passwords.BASIC_AUTH, ""))
    wrong = (settings.basic_auth_username, "wrong-on-purpose")
    try:
        with http_client(host, settings.http_port, settings.local_address) as client:
            configs = client.get(_CONFIGS, auth=ours)
            running = running_version(configs)
            version = running or kestra_version(settings.kestra_image)
            versions["kestra"] = str(running or "")
            if _unset(configs):
                yield _no_password(client, name)
            path = f"{api_prefix(version)}/flows/search"
            for who, auth, expected in (
                ("without credentials", None, 401),
                ("with wrong credentials", wrong, 401),
                ("with ours", ours, 200),
            ):
                status = client.get(path, auth=auth).status_code
                yield answer(name, who, status, expected)
            client.auth = httpx.BasicAuth(*ours)
            yield _executions(client, name, version, seen)
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


def _unset(configs: httpx.Response) -> bool:
    """It says that it has no password; versions that do not tell ask for the configured one."""
    try:
        return configs.json().get("isBasicAuthInitialized") is False
    except (ValueError, AttributeError):
        return False


def _no_password(client: httpx.Client, name: str) -> Check:
    """Such a server is healthy, answers 401 to everybody, and lets anybody set the password."""
    said = client.get("/api/v1/basicAuthValidationErrors")
    try:
        reasons = [one_line(str(reason)) for reason in said.json()] if said.is_success else []
    except (ValueError, TypeError):
        reasons = []
    return Check(
        "API's password",
        False,
        "Kestra has none: it answers 401 to everybody, and its first visitor may set one",
        name,
        fatal=True,
        cause=" ".join(reasons) or "it found no basic-auth block in its application.yaml",
        fix=f"let nobody reach its port; mend that in the inventory or .env, then: {_FIX}",
    )


def _executions(
    client: httpx.Client, name: str, version: Version | None, seen: ServiceHealth
) -> Check:
    try:
        late = waiting(client, version, seen.container.started)
    except httpx.HTTPStatusError as error:
        return Check(
            EXECUTIONS,
            False,
            f"the search for them answers {error.response.status_code}",
            name,
            cause="Kestra is up and fails at a question to its database",
            fix="{logs}",
        )
    if not late:
        return Check(EXECUTIONS, True, "taken up", name)
    return Check(
        EXECUTIONS,
        False,
        f"{plural(len(late), 'execution')} CREATED since {late[0]:%Y-%m-%d %H:%M:%S} UTC, "
        "and none was taken up since",
        name,
        restart=True,
        cause="Kestra answers, and has stopped to look for work",
        fix=_FIX,
    )
