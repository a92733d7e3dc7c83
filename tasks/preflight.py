"""Looks at the host and refuses it, with every reason at once, before anything changes."""

from pyinfra import config, host

from kestra_provision.archive import Archive, ArchiveError, read_archive
from kestra_provision.facts.survey import HostSurvey, Survey
from kestra_provision.preflight import earlier_run, judge
from kestra_provision.refusal import refuse
from kestra_provision.settings import Problem, Settings


def preflight(settings: Settings) -> HostSurvey:
    """Returns what was seen; ends the run of a host that cannot be provisioned.

    It is no @deploy, because it has no operations: it runs while pyinfra prepares, so that the
    refusal comes before the first operation of any host.
    """
    survey = host.get_fact(Survey, root_dir=settings.root_dir)
    if problems := judge(settings, survey, _archive(settings)):
        refuse(host, problems)
    if unfinished := earlier_run(settings, survey):
        host.log(unfinished)
    # For this host only: pyinfra gives each host a configuration of its own here.
    config.SUDO = survey.privilege == "sudo"
    return survey


def _archive(settings: Settings) -> Archive | None:
    if settings.image_source != "archive" or settings.archive_is_url:
        return None
    try:
        return read_archive(str(settings.image_archive), settings.image_archive_sha256)
    except ArchiveError as error:
        problem = Problem(str(error), "the laptop", "mend the path or the sum in the inventory")
        refuse(host, [problem])
