"""Plugins of Kestra beside those of its image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import plugin
from kestra_provision.settings.fields import keeps
from kestra_provision.settings.plugin import CENTRAL, Plugin
from kestra_provision.settings.sections.kestra import KestraSection
from kestra_provision.settings.versions import kestra_version


class PluginsSection(KestraSection):
    """Of every profile. [How they get there](plugins.md)."""

    title: ClassVar[str] = "Plugins"
    environment: ClassVar[Mapping[str, str]] = {}

    kestra_plugins: list[Plugin] = Field(
        [],
        description='Beside those of the image: `"group:artifact:version"`, or a jar of the '
        'laptop, `{"file": "plugins/mine.jar", "sha256": "…"}`.',
    )
    kestra_maven_repository: Annotated[str, keeps(plugin.repository)] = Field(
        CENTRAL,
        description="Where those come from that are named by coordinates: Maven Central or a "
        "mirror; `https://USER:PASSWORD@…` logs in.",
    )

    def contradictions(self) -> Iterator[str]:
        """One twice, one for another Kestra, one that could be changed on its way."""
        yield from plugin.clashes(self.kestra_plugins)
        server = kestra_version(self.kestra_image)
        for each in self.kestra_plugins:
            if why := plugin.unfit(each, server):
                yield (
                    f"kestra_plugins: {each} {why}, and kestra_image is {server}: take the version "
                    "of it that https://kestra.io/plugins names for that"
                )
        unsummed = [str(each) for each in self.kestra_plugins if each.plugin and not each.sha256]
        if unsummed and not plugin.is_safe(self.kestra_maven_repository):
            yield (
                "kestra_maven_repository is http, where anybody on the way can change a jar: take "
                f"https, or give {', '.join(unsummed)} a sha256 in kestra_plugins"
            )
