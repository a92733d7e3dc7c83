"""Kestra's `application.yaml`."""

from __future__ import annotations

from kestra_provision.render.template import render
from kestra_provision.services.kestra import NAME
from kestra_provision.settings import Settings
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout


def application_file(settings: Settings) -> Rendered:
    """Kestra's `application.yaml`, for the user of its image alone; holds no secret."""
    return Rendered(
        Layout(settings.root_dir).application,
        render("application.yaml.j2", settings=settings),
        mode="640",
        reader=NAME,
    )
