"""The single questions about Kestra's health, each answered by one finding."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host

from kestra_provision.facts.health import ContainerHealth
from kestra_provision.kestra.client import running_version
from kestra_provision.remote.http import http_client
from kestra_provision.remote.shell import run_quietly
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.versions import api_prefix, kestra_version
from kestra_provision.stack.limits import RESTART_LOOP


@dataclass(frozen=True)
class Check:
    """One finding.

    + container: whose logs tell more
    + fatal: waiting will not mend it
    + deaf: the container was healthy, and closed its ports; a restart mends it, waiting does not
    """

    name: str
    ok: bool
    detail: str
    container: str
    fatal: bool = False
    deaf: bool = False


def container_runs(name: str, container: ContainerHealth) -> Check:
    looping = container.restarts >= RESTART_LOOP and container.status != "running"
    if container.status == "running" and container.health != "unhealthy":
        return Check(f"container {name}", True, "running", name)
    detail = {
        "missing": "does not exist",
        "restarting": f"restarts again and again ({container.restarts} times, "
        f"exit code {container.exit_code})",
        "exited": f"has exited with code {container.exit_code}",
        "running": "runs, and its health check fails",
    }.get(container.status, f"is {container.status}")
    return Check(f"container {name}", False, detail, name, fatal=looping)


def ports_as_declared(settings: Settings, kestra: ContainerHealth) -> Iterator[Check]:
    """A port that is published otherwise than declared would only look closed."""
    if kestra.published is None:
        return
    name = settings.container_name
    for what, inside, declared in (
        ("management port", 8081, settings.management_port),
        ("port", 8080, settings.http_port),
    ):
        at = kestra.published.get(inside, ())
        if declared not in at:
            actual = " and ".join(map(str, at)) or "not published"
            detail = f"its {what} is {actual}, declared: {declared}"
            yield Check(f"container {name}", False, detail, name)


def database_login(host: Host, settings: Settings, env: HostEnv) -> Check:
    """Logs in over the compose network: inside the container, 127.0.0.1 trusts everybody."""
    name = settings.postgres_container_name
    login = (
        "IFS= read -r PGPASSWORD; export PGPASSWORD PGCONNECT_TIMEOUT=5; "
        f"exec psql -h {name} -U {settings.db_user} -d {settings.db_name} -qtAc 'select 1'"
    )
    result = run_quietly(
        host,
        StringCommand(f"timeout 15 docker exec -i {shlex.quote(name)} sh -c {shlex.quote(login)}"),
        stdin=env.secrets.get(passwords.DB, ""),
    )
    if result.ok:
        return Check("database login", True, f"{settings.db_user} logs in", name)
    if "password authentication failed" in result.stderr:
        return Check(
            "database login",
            False,
            f"PostgreSQL refuses the password in .env for {settings.db_user}: the data was made "
            "with another one, and is untouched. Put the old value into .env as "
            "KESTRA_DB_PASSWORD, or set the new one: "
            f"docker exec -it {name} psql -U {settings.db_user} "
            f"-d {settings.db_name} -c '\\password'",
            name,
            fatal=True,
        )
    return Check("database login", False, result.stderr.strip() or "no answer", name)


def management_answers(host: Host, settings: Settings, kestra: ContainerHealth) -> Check:
    """`/health` of the management port: the only place that tells, 8080 answers 401 or 404.

    A Kestra that lost its database for half a minute closes its ports for ever, and Docker's
    "healthy" of before stands for some time: one that is still starting has not had it yet.
    """
    name = settings.container_name
    try:
        with http_client(host, settings.management_port) as client:
            answer = client.get("/health")
    except httpx.ReadTimeout:
        return Check("/health", False, "no answer within 10 s; the database may hang", name)
    except httpx.ProxyError as error:  # nothing is known of Kestra
        return Check("/health", False, str(error), name, fatal=True)
    except httpx.HTTPError as error:
        closed = f"the container runs, its ports are closed ({error})"
        return Check("/health", False, closed, name, deaf=kestra.health == "healthy")
    up = answer.status_code == 200 and '"UP"' in answer.text
    return Check("/health", up, f"{answer.status_code} {_short(answer.text)}", name)


def api_answers(
    host: Host, settings: Settings, env: HostEnv, versions: dict[str, str]
) -> Iterator[Check]:
    """401 without credentials, 401 with wrong ones, 200 with ours, on a path that needs them.

    `/api/v1/configs` is open to everybody in some versions, so it only tells the version.
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
                yield _answer(name, who, status, expected)
    except httpx.HTTPError as error:
        yield Check("API", False, f"port {settings.http_port} does not answer ({error})", name)


def _answer(name: str, who: str, status: int, expected: int) -> Check:
    detail = f"{status}, {expected} expected"
    if expected == 401 and status == 200:
        detail = "200: the API is open to everybody who reaches it"
    elif expected == 200 and status == 401:
        detail = (
            "401: Kestra does not accept the credentials in .env. "
            f"docker logs {name} shows whether it took its configuration"
        )
    return Check(f"API {who}", status == expected, detail, name)


def _short(text: str, most: int = 200) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
