"""The host looks after its own Kestra: a timer, a script, and who is told."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.facts.survey import HostSurvey
from kestra_provision.operations import apt, paths, unit
from kestra_provision.operations import watch as operations
from kestra_provision.render.host.watch import render_watch, units
from kestra_provision.run.session import given_secrets
from kestra_provision.secrets.env import observed_env
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.settings.passwords import WEBHOOK


@deploy("watch")
def watch(settings: Settings, survey: HostSurvey) -> None:
    """The schedule comes last: it starts at once."""
    if not settings.watch_interval_minutes:
        operations.removed(name="no watch", settings=settings)
        return
    if _has_webhook(settings):
        apt.installed(name="curl for the webhook", packages=["curl", "ca-certificates"])
    if not survey.systemd:
        apt.installed(name="cron for the watch", packages=["cron"])
    paths.rendered(name="scripts and schedule", wanted=render_watch(settings, survey.systemd))
    if survey.systemd:
        timer, service = units(settings.project_name)
        unit.running(name="timer runs", unit=timer, beside=[service])


def _has_webhook(settings: Settings) -> bool:
    """Given now, or at an earlier deploy."""
    try:
        return WEBHOOK in {**given_secrets(host), **observed_env(host, settings.root_dir).secrets}
    except EnvFileError:
        return False  # said by preflight
