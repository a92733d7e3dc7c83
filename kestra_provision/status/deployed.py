"""Whether anything of ours is on a host, so that there is something to show, stop or start."""

from __future__ import annotations

from kestra_provision.facts.survey import HostSurvey
from kestra_provision.stack.stack import Stack


def is_known(stack: Stack, survey: HostSurvey) -> bool:
    """Docker, or data, tells that the stack's directory is that of a stack of ours."""
    there = any(c.ours and c.directory == stack.root for c in survey.containers)
    data = any(volume.name in survey.volumes for volume in stack.volumes)
    return there or data or bool(survey.data_files)


def absence(stack: Stack, survey: HostSurvey) -> str:
    """Why there is nothing of ours at all; empty where there is something, or nobody can tell.

    A container by its project or name alone counts: with another `root_dir` in the inventory, or
    with its files gone, it can still be stopped.
    """
    names = {*stack.containers.values()}
    if any(c.project == stack.project or c.name in names for c in survey.containers):
        return ""
    if is_known(stack, survey) or survey.deployed or survey.env_written:
        return ""
    if not survey.docker_client:
        return "Docker is not installed, so nothing was deployed here yet"
    return "nothing was deployed here yet" if survey.docker else ""
