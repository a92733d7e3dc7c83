"""Docker Engine and compose: configured, installed, running with that configuration."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.docker.compose_deb import compose_deb_of
from kestra_provision.docker.distribution import packages
from kestra_provision.docker.proxy import daemon_proxies
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.operations import apt, compose_plugin, daemon, docker_repository, group, proxy
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout


@deploy("docker")
def docker(settings: Settings, survey: HostSurvey) -> None:
    """The configuration comes before the packages: the first start of dockerd reads it already."""
    deb = compose_deb_of(settings)
    if settings.http_proxy or survey.apt_proxy:
        proxy.for_apt(name="proxy of apt", proxy=settings.http_proxy, exceptions=settings.no_proxy)
    if settings.docker_source == "docker":
        docker_repository.declared(
            name="Docker's apt repository with its verified key",
            uri=f"{settings.docker_repository}/{survey.os_id}",
            codename=survey.os_codename,
            fingerprint=settings.docker_repository_fingerprint,
        )
    daemon.configured(
        name="daemon.json with log rotation and live-restore", proxies=daemon_proxies(settings)
    )
    if settings.docker_source == "docker":
        docker_repository.installed(
            name="packages of Docker (a minute on a fresh host)", version=settings.docker_version
        )
    elif settings.docker_source == "distro":
        apt.installed(
            name="packages of the distribution (a minute on a fresh host)",
            packages=packages(
                survey.os_id, survey.os_version, own_compose=bool(deb), systemd=survey.systemd
            ),
        )
    if deb:
        compose_plugin.installed(
            name="compose plugin of the laptop", deb=deb, directory=Layout(settings.root_dir).config
        )
    daemon.started(name="service runs, now and after a boot", systemd=survey.systemd)
    daemon.current(name="daemon runs with its configuration", systemd=survey.systemd)
    # Who connects and is not root has sudo already, so the group gives no new power.
    for user in host.loop(sorted({*settings.docker_users, survey.user} - {"root"})):
        group.member(name=f"user {user} in group docker", user=user, group="docker")
