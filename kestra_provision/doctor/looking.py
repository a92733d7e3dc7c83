"""Gathers the evidence of one host; changes nothing there."""

from __future__ import annotations

import time

from pyinfra.api.host import Host

from kestra_provision.commands import lock
from kestra_provision.commands.lock import Answer, Holder
from kestra_provision.doctor.evidence import Evidence, logged
from kestra_provision.facts.condition import Condition
from kestra_provision.facts.images import Images
from kestra_provision.facts.network import Networks, networks_arguments
from kestra_provision.facts.paths import Paths
from kestra_provision.facts.traces import Traces
from kestra_provision.health.api import api_answers
from kestra_provision.health.check import Check
from kestra_provision.health.verdict import look_at as look
from kestra_provision.operations.lock import find
from kestra_provision.render.host.paths import paths_arguments
from kestra_provision.run.hosts import use_sudo
from kestra_provision.run.state import run_of, settings_of, stack_here
from kestra_provision.secrets.env import HostEnv, read_env
from kestra_provision.services import kestra
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFile, EnvFileError
from kestra_provision.settings.variables import places
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.question import RUNNING


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
        logged=logged(stack),
        target=settings.egress_target or "",
        addresses={n: (at.host, at.port) for n, at in places(settings.kestra_env).items() if at},
    )
    health = look(host, settings, stack)
    env, env_error = _env(host, settings)
    api: tuple[Check, ...] = ()
    if kestra.NAME in stack.containers and health[kestra.NAME].word == RUNNING:
        api = tuple(api_answers(host, settings, env, {}, health[kestra.NAME]))
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
        host.get_fact(Paths, **paths_arguments(settings, stack)),
        host.get_fact(Networks, **networks_arguments(stack)),
        env,
        env_error,
        api=api,
        lock=_lock(host, settings) if traces.locked else None,
    )


def _env(host: Host, settings: Settings) -> tuple[HostEnv, str]:
    try:
        return read_env(host, settings.root_dir), ""
    except EnvFileError as error:
        return HostEnv(EnvFile.parse(""), ""), str(error)


def _lock(host: Host, settings: Settings) -> tuple[Answer, Holder]:
    return find(host, settings.project_name)
