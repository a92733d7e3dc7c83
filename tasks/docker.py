"""Docker Engine and compose: configured, installed, running with that configuration."""

from pyinfra import host
from pyinfra.api import deploy
from pyinfra.operations import server, systemd, sysvinit

from kestra_provision.facts.survey import HostSurvey
from kestra_provision.operations import apt, daemon
from kestra_provision.settings import Settings

#: The distributions' own packages, compose v2 included.
PACKAGES = {
    "debian": ["docker.io", "docker-cli", "docker-compose", "ca-certificates"],
    "ubuntu": ["docker.io", "docker-compose-v2", "ca-certificates"],
}


@deploy("docker")
def docker(settings: Settings, survey: HostSurvey) -> None:
    """The configuration comes before the packages: the first start of dockerd reads it already."""
    daemon.configured(name="daemon.json with log rotation and live-restore")
    if settings.docker_source == "distro":
        apt.installed(
            name="packages of the distribution (a minute on a fresh host)",
            packages=PACKAGES[survey.os_id],
        )
    if survey.systemd:
        systemd.service(name="service runs, now and after a boot", service="docker", enabled=True)
    else:
        sysvinit.service(name="service runs, now and after a boot", service="docker", enabled=True)
    daemon.current(name="daemon runs with its configuration", systemd=survey.systemd)
    # Who connects and is not root has sudo already, so the group gives no new power.
    for user in host.loop(sorted({*settings.docker_users, survey.user} - {"root"})):
        server.user(name=f"user {user} in group docker", user=user, groups=["docker"], append=True)
