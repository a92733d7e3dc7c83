"""Values that the data was made with: another one is refused before it strands the data."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from pyinfra.api.host import Host

from kestra_provision.health.meaning import Judge
from kestra_provision.health.verdict import look_at
from kestra_provision.run.state import run_of
from kestra_provision.secrets.env import HostEnv, env_path
from kestra_provision.secrets.recovered import Remains, set_aside
from kestra_provision.settings import Problem, Settings, passwords
from kestra_provision.settings.yaml_value import unplaceable
from kestra_provision.stack.question import Question
from kestra_provision.stack.service import Secret, Service
from kestra_provision.stack.stack import Stack


def judge_bound(
    host: Host, settings: Settings, stack: Stack, env: HostEnv, found: Remains
) -> Iterator[Problem]:
    """What a deploy would make our containers anew with, though the data would not go along.

    The containers that run hold the last copy of the old values, and a deploy replaces them.
    """
    yield from _renamed(stack, env, found)
    edited = found.edited(env)
    bound = {secret.name for secret in stack.bound if secret.name in edited}
    proven = [
        (service, question)
        for service in stack.services
        for question in service.questions
        if question.secret in bound
    ]
    asked = {question.secret for _, question in proven}
    for service, secret in stack.secrets:
        if secret.name in bound - asked:
            yield _encrypted_with(stack, service, secret)
    if proven:
        judge = Judge(stack, look_at(host, settings, stack), host.name, run_of(host.state).commands)
        for service, question in proven:
            yield from _proven(judge, service, question)


def judge_placed(stack: Stack, env: HostEnv) -> Iterator[Problem]:
    """Secrets that a service's configuration cannot hold: its start would hang at them."""
    secrets = env.secrets
    for service in stack.services:
        for name in service.configured:
            if why := unplaceable(secrets.get(name, "")):
                yield Problem(
                    f"{name} in .env {why}",
                    env_path(stack.root) + " on the host",
                    "delete that line: the deploy takes it from the container; or give it another "
                    "value",
                )


def judge_undeployed(host: Host, stack: Stack, env: HostEnv, found: Remains) -> Iterator[Problem]:
    """Edited secrets that a service would be started without: a deploy alone writes its file."""
    edited = found.edited(env)
    for service in stack.services:
        if names := [name for name in service.configured if name in edited]:
            yield Problem(
                f"{' and '.join(names)} in .env is not what {service.title} would start with",
                env_path(stack.root) + " on the host",
                f"{run_of(host.state).commands.deploy()}: it writes it where {service.title} "
                "reads it, and starts it",
            )


def refused_password(stack: Stack, env: HostEnv, found: Remains) -> Iterator[Problem]:
    """One that Kestra would not take: it comes up healthy, and the first visitor sets another."""
    name = passwords.BASIC_AUTH
    value = {**env.secrets, **found.better(env)}.get(name)
    if name in env.wanted and value and (why := passwords.refusal(name, value)):
        yield Problem(
            f"{name} in .env {why}",
            env_path(stack.root) + " on the host",
            f"write another value there: {name}='VALUE'",
        )


def _encrypted_with(stack: Stack, service: Service, secret: Secret) -> Problem:
    aside = f" && {set_aside(secret)}" if secret.file else ""
    if service.configuration and secret.name in service.configured:
        aside = f" && rm -f {shlex.quote(service.configuration.path)}"
    return Problem(
        f"{secret.name} in .env is not the one that {service.title} has: what it encrypted "
        "could never be read again",
        env_path(stack.root) + " on the host",
        f"delete that line: the deploy takes it from the container; if the new one is right: "
        f"docker rm -f {service.container}{aside}",
    )


def _renamed(stack: Stack, env: HostEnv, found: Remains) -> Iterator[Problem]:
    """A database of another name would be an empty one.

    Without a container `.env` is the last to tell; a deploy that goes on writes the new name there.
    """
    written = env.file.values if found.volume else {}
    for _, made in stack.made_with:
        setting = made.setting
        was = found.made_with.get(setting) or written.get(made.variable, made.declared)
        if made.declared != was:
            slip = "" if setting in found.made_with else f", or mend {made.variable} in .env there"
            yield Problem(
                f"the database on the host was made with {setting} = '{was}'",
                setting,
                f"set {setting} = '{was}'{slip}; another one needs a dump and restore",
            )


def _proven(judge: Judge, service: Service, question: Question) -> Iterator[Problem]:
    """A role that got the new password as well is fine: that is how one is changed by hand."""
    answer = next((j for j in judge.of(service) if j.question == question), None)
    if answer and answer.ok:
        return
    if answer and not answer.meaning.waits:
        said = answer.detail
    else:
        *_, reached = judge.of(service)
        said = f"{service.title} cannot be asked about the password in .env ({reached.detail})"
    yield Problem(
        f"{said}, and our containers have another one",
        f"{question.secret} in {env_path(judge.stack.root)} on the host",
        "delete that line: the deploy takes it from the container; or make the new one the "
        f"role's: {question.renew}",
    )
