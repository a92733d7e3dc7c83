"""Which plugins a server has loaded, by what their manifests say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kestra_provision.kestra.client import Kestra
from kestra_provision.plugins.jar import Jar

_VERSION = "X-Kestra-Version"


@dataclass(frozen=True)
class Answer:
    """+ manifests: of all plugins, those of the image included"""

    manifests: tuple[Mapping[str, str], ...]

    def has(self, jar: Jar) -> bool:
        return any(map(jar.is_listed, self.manifests))

    def others(self, jar: Jar) -> list[str]:
        """Other versions of it, of which nobody knows whether a flow gets that one."""
        return [m.get(_VERSION, "?") for m in self.manifests if jar.is_another(m)]


def listed(kestra: Kestra) -> Answer:
    """Asks it; raises `httpx.HTTPError`, or `ValueError` and the like for what is no list."""
    return Answer(tuple(dict(each["manifest"]) for each in kestra.plugins()))
