"""All that the stages of a deploy ask of a host, so that one channel brings it."""

from __future__ import annotations

from typing import Any

from kestra_provision.docker.compose_deb import compose_deb_of
from kestra_provision.docker.distribution import WANTED
from kestra_provision.docker.source import PACKAGES
from kestra_provision.facts import stack as facts
from kestra_provision.facts.apt_proxy import AptProxy
from kestra_provision.facts.daemon import Daemon
from kestra_provision.facts.docker_repository import DockerRepository
from kestra_provision.facts.docker_socket import SocketGroup
from kestra_provision.facts.flows_record import FlowsRecord
from kestra_provision.facts.group import GroupMembers, group_arguments
from kestra_provision.facts.images import Images
from kestra_provision.facts.lock_times import LockTimes
from kestra_provision.facts.manifest import Manifest
from kestra_provision.facts.network import Networks, networks_arguments
from kestra_provision.facts.packages import InstalledPackages, PackageVersion
from kestra_provision.facts.paths import Paths
from kestra_provision.facts.plugins import Plugins
from kestra_provision.facts.rootless import Rootless
from kestra_provision.facts.script_images import ScriptImages
from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.facts.survey import Survey, survey_arguments
from kestra_provision.facts.unit import Unit
from kestra_provision.facts.watch import WatchFiles
from kestra_provision.health.verdict import health_look
from kestra_provision.render.host.paths import paths_arguments
from kestra_provision.render.host.watch import all_files, units
from kestra_provision.run.observation import Look, fact_look
from kestra_provision.secrets.env import env_look
from kestra_provision.secrets.recovered import remains_look
from kestra_provision.services.script_tasks import beside, gets_host_docker
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack


def looks(settings: Settings, stack: Stack) -> list[Look[Any]]:
    """The questions, with the arguments that preflight and the operations have.

    One that is missing here is asked all the same, at the price of a channel of its own.
    """
    layout = Layout(settings.root_dir)
    return [
        fact_look(LockTimes, first=True, project=settings.project_name),
        fact_look(Survey, first=True, **survey_arguments(settings, stack)),
        fact_look(SettingsRecord, path=layout.settings),
        fact_look(FlowsRecord, path=layout.flows),
        env_look(settings.root_dir),
        remains_look(stack),
        fact_look(Manifest, path=layout.manifest),
        fact_look(Paths, **paths_arguments(settings, stack)),
        *_docker(settings),
        fact_look(Images, images=stack.images, record=layout.record),
        fact_look(Plugins, folder=layout.plugins),
        fact_look(Networks, **networks_arguments(stack)),
        fact_look(facts.Stack, **facts.stack_arguments(stack)),
        health_look(settings, stack),
        *_watch(settings),
        *(fact_look(Rootless, first=True) for _ in beside(settings)),
        *(
            fact_look(ScriptImages, container=each.container, images=settings.script_images)
            for each in beside(settings)
            if settings.script_images
        ),
    ]


def _watch(settings: Settings) -> list[Look[Any]]:
    if not settings.watch_interval_minutes:
        return [fact_look(WatchFiles, files=all_files(settings))]
    timer, service = units(settings.project_name)
    return [fact_look(Unit, unit=timer, beside=[service], reads=())]


def _docker(settings: Settings) -> list[Look[Any]]:
    found: list[Look[Any]] = [
        fact_look(Daemon),
        fact_look(InstalledPackages, packages=WANTED),
        fact_look(GroupMembers, **group_arguments("docker", settings.docker_users)),
        fact_look(AptProxy),
    ]
    if gets_host_docker(settings):
        found.append(fact_look(SocketGroup))
    if settings.docker_source == "docker":
        found.append(fact_look(DockerRepository, packages=PACKAGES))
    if deb := compose_deb_of(settings):
        found.append(fact_look(PackageVersion, package=deb.package))
    return found
