"""The compose file and Kestra's configuration, rendered and checked before they replace the old."""

from pyinfra.api import deploy

from kestra_provision import commands
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.files import Rendered
from kestra_provision.layout import Layout
from kestra_provision.managed import managed_paths
from kestra_provision.operations import paths
from kestra_provision.rendering import application_file, render_compose
from kestra_provision.settings import Settings
from kestra_provision.sizing import sizing


@deploy("files")
def files(settings: Settings, survey: HostSurvey) -> None:
    """The configuration first, because the compose file names its sum."""
    layout = Layout(settings.root_dir)
    application = application_file(settings)
    compose = Rendered(
        layout.compose,
        render_compose(settings, sizing(settings, survey.memory_mb), application.sha256),
        mode="644",
        check=commands.compose(
            layout.root, "config --quiet", file=commands.temporary(layout.compose)
        ),
    )
    paths.rendered(
        name="compose.yaml and application.yaml",
        wanted=[application, compose],
        record=layout.record,
        among=managed_paths(settings),
    )
