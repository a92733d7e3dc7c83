"""The files of `templates/`, rendered for a host."""

from __future__ import annotations

import jinja2

from kestra_provision import CONFIG_LABEL, HEADER, LABEL, MEMORY_LABEL, commands, limits
from kestra_provision.files import Rendered
from kestra_provision.layout import Layout
from kestra_provision.project import path
from kestra_provision.settings import Settings
from kestra_provision.sizing import Sizing
from kestra_provision.versions import postgres_data_mount

TEMPLATES = path("templates")


def application_file(settings: Settings) -> Rendered:
    """Kestra's `application.yaml`, for the user of its image alone; holds no secret."""
    return Rendered(
        Layout(settings.root_dir).application,
        render("application.yaml.j2", settings=settings),
        mode="640",
        by_image=True,
    )


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
        config_in_container=commands.CONFIG_IN_CONTAINER,
        bind_address=f"[{address}]" if ":" in address else address,
        postgres_mount=postgres_data_mount(settings.postgres_image),
    )


def render(template: str, **values: object) -> str:
    """A file of `templates/` by its name there, with these values."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,
    )
    return environment.get_template(template).render(
        header=HEADER,
        label=LABEL,
        config_label=CONFIG_LABEL,
        memory_label=MEMORY_LABEL,
        limits=limits,
        **values,
    )
