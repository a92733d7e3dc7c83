"""The compose file."""

from __future__ import annotations

from kestra_provision.commands.compose import CONFIG_IN_CONTAINER
from kestra_provision.render.template import render
from kestra_provision.settings import Settings
from kestra_provision.settings.versions import postgres_data_mount
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.sizing import Sizing


def render_compose(settings: Settings, sizes: Sizing, application_sha256: str) -> str:
    """The compose file; holds no secret.

    + application_sha256: sum of `application.yaml`, so that its change is the service's
    """
    address = settings.bind_address
    return render(
        "compose.yaml.j2",
        settings=settings,
        sizing=sizes,
        paths=Layout(settings.root_dir),
        application_sha256=application_sha256,
        config_in_container=CONFIG_IN_CONTAINER,
        bind_address=f"[{address}]" if ":" in address else address,
        postgres_mount=postgres_data_mount(settings.postgres_image),
    )
