"""The compose file and Kestra's configuration, rendered and checked before they replace the old."""

from collections.abc import Mapping

from pyinfra.api import deploy

from kestra_provision.commands.compose import compose
from kestra_provision.commands.files import temporary
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.operations import docker_socket, paths
from kestra_provision.profiles import stack_of
from kestra_provision.render.host.application import configuration_files, logback_file, sum_of
from kestra_provision.render.host.compose import render_compose
from kestra_provision.settings import Settings
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout


@deploy("files")
def files(settings: Settings, survey: HostSurvey) -> None:
    """The configuration first, because the compose file names its sum."""
    layout, stack = Layout(settings.root_dir), stack_of(settings)
    sizes = stack.sizes(survey.memory_mb)

    def render(secrets: Mapping[str, str]) -> list[Rendered]:
        configuration = configuration_files(settings, stack, secrets)
        compose_file = Rendered(
            layout.compose,
            render_compose(
                settings, stack, sizes, sum_of(configuration), docker_socket.group(settings)
            ),
            mode="644",
            check=compose(layout.root, "config --quiet", file=temporary(layout.compose)),
        )
        logback = logback_file(settings)
        return [*([logback] if logback else []), *configuration, compose_file]

    paths.filled(name="compose.yaml and application.yaml", render=render)
