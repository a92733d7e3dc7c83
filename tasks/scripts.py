"""What an operator with only a shell on the host needs: scripts, our manifest entry, port map."""

from collections.abc import Mapping

from pyinfra.api import deploy

from kestra_provision.facts.survey import HostSurvey
from kestra_provision.operations import docker_socket, manifest, paths
from kestra_provision.profiles import stack_of
from kestra_provision.render.host.application import configuration_files, sum_of
from kestra_provision.render.host.manifest import entry
from kestra_provision.render.host.port_map import port_map
from kestra_provision.render.host.scripts import render_scripts
from kestra_provision.settings import Settings
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout


@deploy("scripts")
def scripts(settings: Settings, survey: HostSurvey) -> None:
    """The manifest is not ours alone: only our entry of it is written."""
    layout, stack = Layout(settings.root_dir), stack_of(settings)

    def render(secrets: Mapping[str, str]) -> list[Rendered]:
        configured = sum_of(configuration_files(settings, stack, secrets))
        return [
            *render_scripts(
                settings,
                stack,
                stack.sizes(survey.memory_mb),
                configured,
                docker_socket.group(settings),
            ),
            Rendered(layout.port_map, port_map(settings, stack), mode="644"),
        ]

    paths.filled(name="scripts and port map", render=render)
    manifest.entered(
        name="entry in services-manifest.json", path=layout.manifest, entry=entry(settings, stack)
    )
