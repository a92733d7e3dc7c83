"""Kestra's `application.yaml`."""

from __future__ import annotations

from kestra_provision.render.template import render
from kestra_provision.services.kestra import NAME
from kestra_provision.settings import Settings
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack


def application_file(settings: Settings, stack: Stack) -> Rendered:
    """Kestra's `application.yaml`, for the user of its image alone; holds no secret.

    What it says of its database is the text of the database's own service.
    """
    database = stack[NAME].database
    servers = {service.container: service.name for service in stack.services}
    return Rendered(
        Layout(settings.root_dir).application,
        render(
            "services/kestra/application.yaml.j2",
            settings=settings,
            database=database,
            server=servers[database.host] if database else "",
        ),
        mode="640",
        reader=NAME,
    )
