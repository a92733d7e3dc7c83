"""A Kestra of another image, beside the one that runs, for as long as it is asked something."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex

import httpx
from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.host import Host

from kestra_provision.commands import trial as commands
from kestra_provision.commands.images import pull
from kestra_provision.kestra.client import CONFIGS, Kestra
from kestra_provision.remote.http import http_client
from kestra_provision.remote.shell import LOST, Result, lost, run_quietly
from kestra_provision.render.host.application import application_file
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.properties import spelled
from kestra_provision.settings.versions import kestra_version
from kestra_provision.stack.service import Store
from kestra_provision.stack.stack import Stack
from kestra_provision.text.words import printable

_PAUSE = 1.0


class TrialError(Exception):
    """It could not be had; the message says why, and what helps."""


@contextmanager
def on_trial(
    host: Host, settings: Settings, stack: Stack, image: str, say: Callable[[str], None]
) -> Iterator[Kestra]:
    """A client of a Kestra of that image, on the host, with the configuration of the declared one.

    + image: pulled where the host does not have it
    + say: tells what takes long

    It has an empty database in memory, runs nothing, and is removed at the end. Raises
    `TrialError`.
    """
    # Several may be asked at once, by several laptops.
    of = settings.container_name
    name = f"{of}-trial-{token_hex(4)}"
    _must(host, commands.clear(of), "a trial of before is not removed")
    _must(host, commands.room(), "there is no room for a trial")
    _have(host, image, say)
    secrets = {key: passwords.generate(key) for key in (passwords.BASIC_AUTH, passwords.ENCRYPTION)}
    try:
        say(f"{host.name}: {image} starts beside the running Kestra, for a moment")
        _must(
            host,
            commands.start(name, of, image, stack.shared, stack.main.mounted),
            f"{image} does not start",
            stdin=commands.beginning(
                _configuration(settings, stack, secrets), _variables(settings)
            ),
        )
        with http_client(host, _port(host, name)) as http:
            login = settings.basic_auth_username, secrets[passwords.BASIC_AUTH]
            http.auth = httpx.BasicAuth(*login)
            _wait(host, http, name, settings.health_timeout)
            yield Kestra(http, kestra_version(image))
    finally:
        run_quietly(host, commands.end(name))


def _configuration(settings: Settings, stack: Stack, secrets: Mapping[str, str]) -> str:
    """The declared one, with a database of its own, other secrets, and the log as Kestra has it."""
    store = Store("", commands.FOLDERS[0], "trial", "")
    alone = replace(stack, services=(replace(stack.main, database=None, store=store),))
    own = {
        key: value
        for key, value in settings.kestra_config.items()
        if spelled(key).partition(".")[0] != "datasources"
    }
    plain = settings.model_copy(update={"kestra_json_logs": False, "kestra_config": own})
    return application_file(plain, alone, secrets).content


def _variables(settings: Settings) -> dict[str, str]:
    zone = {"TZ": settings.kestra_time_zone} if settings.kestra_time_zone else {}
    return {**zone, **settings.kestra_env}


def _have(host: Host, image: str, say: Callable[[str], None]) -> None:
    if run_quietly(host, StringCommand("docker image inspect", QuoteString(image))).ok:
        return
    say(f"{host.name}: pulling {image}: images have up to 3 GB, this takes minutes")
    _must(
        host,
        pull(image),
        f"{image} is not there and cannot be pulled",
        way="; where no registry is reached, load it there: docker load < FILE",
    )


def _port(host: Host, name: str) -> int:
    words = run_quietly(host, commands.state(name)).stdout.split()
    if len(words) != 2:
        raise TrialError(_ended(host, name))
    return int(words[1])


def _wait(host: Host, http: httpx.Client, name: str, seconds: float) -> None:
    """Until its API answers."""
    until = time.monotonic() + seconds
    while True:
        try:
            if http.get(CONFIGS).is_success:
                return
        except httpx.ProxyError as error:
            raise TrialError(str(error)) from error
        except httpx.HTTPError:
            pass
        if not run_quietly(host, commands.state(name)).stdout.startswith("running"):
            raise TrialError(_ended(host, name))
        if time.monotonic() > until:
            raise TrialError(f"it does not answer within {seconds:.0f} s. {_said(host, name)}")
        time.sleep(_PAUSE)


def _ended(host: Host, name: str) -> str:
    return LOST if lost(host) else f"it ended while it started. {_said(host, name)}"


def _said(host: Host, name: str) -> str:
    return f"Its log ends with:\n{printable(run_quietly(host, commands.log(name)).stdout)}"


def _must(
    host: Host, command: StringCommand, problem: str, way: str = "", stdin: str | None = None
) -> Result:
    result = run_quietly(host, command, stdin=stdin)
    if not result.ok:
        raise TrialError(f"{problem}: {printable(result.stderr).strip()}{way}")
    return result
