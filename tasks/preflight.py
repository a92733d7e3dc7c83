"""Looks at the host and refuses it, with every reason at once, before anything changes."""

import time

from pyinfra import config, host

from kestra_provision.docker.archive import archive_of
from kestra_provision.docker.compose_deb import compose_deb_of
from kestra_provision.facts.manifest import Manifest
from kestra_provision.facts.network import Networks, networks_arguments
from kestra_provision.facts.paths import Paths
from kestra_provision.facts.rootless import Rootless
from kestra_provision.facts.survey import HostSurvey, Survey, survey_arguments
from kestra_provision.flows.exposed import exposed
from kestra_provision.kestra.kinds import kinds_here
from kestra_provision.kestra.leaving import leaving, none_is_gone
from kestra_provision.operations.manifest import FIX, text_of
from kestra_provision.plugins.declared import jars_of
from kestra_provision.preflight.credentials import (
    judge_bound,
    judge_placed,
    judge_undeployed,
    refused_password,
)
from kestra_provision.preflight.judge import clock_off, earlier_run, judge, judge_runbook, no_sudo
from kestra_provision.preflight.looks import looks
from kestra_provision.preflight.networks import judge_networks, overlapping
from kestra_provision.preflight.paths import judge_paths
from kestra_provision.preflight.platform import withheld
from kestra_provision.preflight.rootless import judge_rootless
from kestra_provision.profiles import stack_of
from kestra_provision.remote.http import FORWARDING_FIX, NO_FORWARDING, forwards
from kestra_provision.render.host.manifest import ManifestError, entry, merged
from kestra_provision.render.host.paths import paths_arguments
from kestra_provision.run.findings import collected, differs, notice
from kestra_provision.run.flow_secrets import found
from kestra_provision.run.hosts import act_as_root
from kestra_provision.run.observation import expect, fact_look, observed
from kestra_provision.run.refusal import refuse
from kestra_provision.run.session import given_secrets
from kestra_provision.run.state import of, run_of
from kestra_provision.secrets.env import env_look, env_path, observed_env
from kestra_provision.secrets.flow_secrets import known
from kestra_provision.secrets.recovered import lost_secrets, remains
from kestra_provision.services.script_tasks import beside
from kestra_provision.settings import Problem, Settings
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.settings.env_lines import steers_compose
from kestra_provision.settings.flow_secrets import PREFIX
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack
from kestra_provision.status import summary


def preflight(settings: Settings, writes: bool = True, runbook: bool = False) -> HostSurvey:
    """Returns what was seen; ends the run of a host that cannot be provisioned.

    + writes: files as well, so that what starts has what was declared
    + runbook: has nothing to do where nothing was deployed

    It is no @deploy, because it has no operations: it runs while pyinfra prepares, so that the
    refusal comes before the first operation of any host.
    """
    summary.begin(host)
    expect(host, looks(settings, stack_of(settings)))
    survey = _survey(settings)
    if runbook:
        _something_there(settings, survey)
    deb, stack = compose_deb_of(settings), stack_of(settings)
    if problems := [
        *judge(settings, stack, survey, archive_of(settings), deb),
        *_env(settings, stack, writes),
        *_manifest(settings, stack),
        *_paths(settings, stack, survey),
        *judge_networks(stack, survey, observed(host, Networks, **networks_arguments(stack))),
        *_forwarding(settings),
        *(judge_rootless(observed(host, Rootless)) if beside(settings) else ()),
        # Whoever writes no file needs none of them, and need not unlock anything.
        *((*found(host).problems, *jars_of(settings).problems) if writes else ()),
        *(_deletions(settings) if writes else ()),
    ]:
        _refuse_or_list(problems, survey)
    for what, declared, told in (
        ("earlier run", "none", earlier_run(stack, survey)),
        ("clock", "agrees", clock_off(survey, time.time())),
    ):
        if told:
            notice(host, what, declared, told)
    for said in (*withheld(survey), *overlapping(survey)):
        notice(host, said.what, said.declared, said.actual, said.fix)
    for rolling in settings.accepted_rolling:
        notice(host, "images", "a fixed version", rolling, "name one before you upgrade")
    for name in run_of(host.state).unheard:
        told = "reaches no container of the host"
        fix = "remove it from .env beside deploy.py, or declare it for Kestra in kestra_env"
        notice(host, f".env: {name}", "not declared", told, fix)
    if collected(host) is None:
        # Of a deploy only: it is no difference that a drift check could find.
        for kept in stack.keeps:
            notice(host, "data", "", kept)
    return survey


def reached(settings: Settings) -> None:
    """For a runbook that only takes down: it refuses a host where it is not root, or has nothing
    to take down.
    """
    stack = stack_of(settings)
    expect(
        host, [fact_look(Survey, **survey_arguments(settings, stack)), env_look(settings.root_dir)]
    )
    survey = _survey(settings)
    if survey.privilege == "none":
        refuse(host, [no_sudo(survey)])
    _something_there(settings, survey)
    for problem in _unreadable(settings):
        notice(host, "start", "", f"will be refused before this is mended: {problem.what}")


def secrets_there(settings: Settings) -> None:
    """For who writes flows and nothing else: what they ask for is on the host."""
    env, uses = observed_env(host, settings.root_dir), of(host).flows.secrets
    deploy = run_of(host.state).commands.deploy("--limit", host.name)
    what = "it asks for secret('{}'), and the host has no such secret"
    missing = sorted(name for name in uses if f"{PREFIX}{name}" not in env.of_flows)
    if problems := [
        *exposed(of(host).flows.values, known(host)),
        *(
            Problem(
                what.format(name),
                str(uses[name][0]),
                f"give {PREFIX}{name} in .env beside deploy.py, then a deploy brings it: {deploy}",
            )
            for name in missing
        ),
    ]:
        refuse(host, problems)


def _survey(settings: Settings) -> HostSurvey:
    survey = observed(host, Survey, **survey_arguments(settings, stack_of(settings)))
    # For this host only: pyinfra gives each host a configuration of its own here.
    act_as_root(config, survey)
    return survey


def _something_there(settings: Settings, survey: HostSurvey) -> None:
    """Ends a runbook on a host that was never deployed: that is all there is to say of it."""
    deploy = run_of(host.state).commands.deploy("--limit", host.name)
    problems = judge_runbook(stack_of(settings), survey, deploy)
    if problems and survey.privilege != "none":
        refuse(host, problems)


def _refuse_or_list(problems: list[Problem], survey: HostSurvey) -> None:
    """The drift check lists what a deploy refuses, and looks on: that needs root as well."""
    for problem in problems:
        if collected(host) is not None:
            differs(host, problem.where, "fit for a deploy", problem.what, problem.fix)
    if collected(host) is None or survey.privilege == "none":
        refuse(host, problems)


def _unreadable(settings: Settings) -> list[Problem]:
    """What keeps `.env` from being read one way, by compose and by everybody else."""
    try:
        env = observed_env(host, settings.root_dir)
    except EnvFileError as error:
        return [Problem(str(error), "the host", "mend it there, then run again")]
    if steering := sorted(filter(steers_compose, env.file.values)):
        what = f"{', '.join(steering)} in {env_path(settings.root_dir)} change what compose does"
        return [Problem(what, "the host", "remove these lines, then run again")]
    return []


def _env(settings: Settings, stack: Stack, writes: bool) -> list[Problem]:
    if problems := _unreadable(settings):
        return problems
    env = observed_env(host, settings.root_dir)
    found = remains(host, stack)
    lost = found.lost(env, given_secrets(host), stack.bound)
    return [
        *lost_secrets(stack, found, lost),
        *judge_placed(stack, env),
        *refused_password(stack, env, found),
        *judge_bound(host, settings, stack, env, found),
        *(() if writes else judge_undeployed(host, stack, env, found)),
    ]


def _manifest(settings: Settings, stack: Stack) -> list[Problem]:
    path = Layout(settings.root_dir).manifest
    try:
        merged(text_of(observed(host, Manifest, path=path)), entry(settings, stack))
    except ManifestError as error:
        return [Problem(str(error), f"{path} on the host", FIX)]
    return []


def _paths(settings: Settings, stack: Stack, survey: HostSurvey) -> list[Problem]:
    seen = observed(host, Paths, **paths_arguments(settings, stack))
    return judge_paths(settings, stack, seen, survey)


def _deletions(settings: Settings) -> list[Problem]:
    """Flows and the like of ours that a sync would refuse to delete, when all else is changed."""
    kinds = [*reversed(kinds_here(host))]
    if none_is_gone(host, settings, kinds):
        return []
    told = leaving(host, settings, kinds, settings.flows_prune)
    if isinstance(told, str) or not told.refused:
        return []
    return [Problem(told.refused, "flows of the repository", f"bring them back; {told.meant}")]


def _forwarding(settings: Settings) -> list[Problem]:
    if forwards(host, settings.management_port):
        return []
    return [Problem(f"{NO_FORWARDING}, and Kestra is asked that way", "sshd", FORWARDING_FIX)]
