"""Judges whether Docker on a host can take the proxy."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.docker.distribution import distribution
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.settings import Settings
from kestra_provision.settings.versions import at_least
from kestra_provision.text.problem import Problem

#: Docker reads `proxies` in daemon.json from this version on.
OLDEST_DOCKER = "23.0"


def judge_proxy(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    """An engine that would not know the proxy, said before anything changes."""
    coming = distribution(survey.os_id, survey.os_version).engine_version
    engine = survey.docker or (coming if settings.docker_source == "distro" else None)
    if settings.http_proxy and engine and not at_least(engine, OLDEST_DOCKER):
        yield Problem(
            f"Docker Engine {engine} takes no proxy from daemon.json, as {OLDEST_DOCKER} does",
            "http_proxy",
            "use a newer engine (docker_source = 'docker'), or remove http_proxy and give the "
            "service its proxy yourself: systemctl edit docker",
        )
