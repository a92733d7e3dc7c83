"""Gathers the evidence of one host; changes nothing there."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx
from pyinfra.api.host import Host

from kestra_provision.commands import lock
from kestra_provision.commands.lock import Answer, Holder
from kestra_provision.doctor.container import STRANGER
from kestra_provision.doctor.evidence import CLOSED, HANGS, Evidence, Reply
from kestra_provision.facts.condition import Condition
from kestra_provision.facts.health import ContainerHealth, Health, HostHealth
from kestra_provision.facts.images import Images
from kestra_provision.facts.paths import Paths
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.facts.traces import Traces
from kestra_provision.health.checks import api_answers, database_login
from kestra_provision.operations.lock import find
from kestra_provision.remote.http import http_client
from kestra_provision.run.hosts import use_sudo
from kestra_provision.run.state import run_of, settings_of, stack_here
from kestra_provision.secrets.env import HostEnv, read_env
from kestra_provision.secrets.redact import redact, secrets_in
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFile, EnvFileError
from kestra_provision.stack.layout import Layout


def look_at(host: Host) -> Evidence:
    """Everything the checks want to know of a connected host, each question asked once.

    A question whose answer would only be the effect of an earlier one is left out.
    """
    settings, stack = settings_of(host), stack_here(host)
    commands = run_of(host.state).commands
    survey, now = use_sudo(host), time.time()
    if survey.privilege not in ("root", "sudo"):
        return Evidence(settings, host.name, commands, now, survey)
    layout = Layout(settings.root_dir)
    traces = host.get_fact(
        Traces,
        user=survey.user,
        root_dir=settings.root_dir,
        lock=lock.path(settings.project_name),
        containers=stack.containers,
    )
    health = _ours(
        host.get_fact(
            Health, kestra=settings.container_name, postgres=settings.postgres_container_name
        ),
        settings,
        survey,
    )
    env, env_error = _env(host, settings)
    ui, management = Reply(), Reply()
    if health.kestra.status == "running":
        ui = _ask(host, settings.http_port, "/ping", settings.local_address)
        management = _ask(host, settings.management_port, "/health")
    return Evidence(
        settings,
        host.name,
        commands,
        now,
        survey,
        host.get_fact(Condition, root_dir=settings.root_dir),
        traces,
        health,
        host.get_fact(Images, images=stack.images, record=layout.record),
        host.get_fact(Paths, paths=[*stack.owners], record=layout.record, owners=stack.owners),
        env,
        env_error,
        login=database_login(host, settings, env) if health.accepting and env.access else None,
        ui=ui,
        management=Reply(management.word, redact(management.text, secrets_in(env, stack))),
        api=tuple(api_answers(host, settings, env, {})) if management.word == "200" else (),
        lock=_lock(host, settings) if traces.locked else None,
    )


def _ours(health: HostHealth, settings: Settings, survey: HostSurvey) -> HostHealth:
    """Strangers that have our names are asked nothing, and get no password of ours."""
    strangers = {c.name for c in survey.containers if not c.belongs_to(settings.project_name)}
    stranger = ContainerHealth(STRANGER)
    if settings.container_name in strangers:
        health = replace(health, kestra=stranger)
    if settings.postgres_container_name in strangers:
        health = replace(health, postgres=stranger, accepting=False)
    return health


def _env(host: Host, settings: Settings) -> tuple[HostEnv, str]:
    try:
        return read_env(host, settings.root_dir), ""
    except EnvFileError as error:
        return HostEnv(EnvFile.parse(""), ""), str(error)


def _ask(host: Host, port: int, path: str, address: str = "127.0.0.1") -> Reply:
    try:
        with http_client(host, port, address) as client:
            answer = client.get(path)
            return Reply(str(answer.status_code), answer.text)
    except httpx.TimeoutException as error:
        return Reply(HANGS, str(error))
    except httpx.HTTPError as error:
        return Reply(CLOSED, str(error))


def _lock(host: Host, settings: Settings) -> tuple[Answer, Holder]:
    return find(host, settings.project_name)
