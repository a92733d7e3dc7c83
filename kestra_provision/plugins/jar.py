"""Looks into a jar on the laptop without Java: whether Kestra would load it, and as what."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kestra_provision.settings.plugin import Plugin

#: Says which classes of it are plugins; Kestra goes by nothing else.
SERVICES = "META-INF/services/io.kestra.core.models.Plugin"
_MANIFEST = "META-INF/MANIFEST.MF"
#: What tells one plugin from others in Kestra's own list.
_TELLING = ("X-Kestra-Name", "X-Kestra-Title", "X-Kestra-Group", "X-Kestra-Version")
_UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)


class PluginError(ValueError):
    """A plugin that cannot be had, or is none; `fix` is what helps."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


@dataclass(frozen=True)
class Jar:
    """A plugin's file.

    + path: on the laptop
    + told: of its manifest, what Kestra lists it with
    """

    plugin: Plugin
    path: Path
    sha256: str
    size: int
    told: Mapping[str, str] = field(hash=False)

    @property
    def name(self) -> str:
        """Of its file on a host."""
        return self.plugin.jar

    def is_listed(self, manifest: Mapping[str, str]) -> bool:
        """Whether an entry of Kestra's list, by its manifest, is this one."""
        return self.told.items() <= manifest.items()

    def is_another(self, manifest: Mapping[str, str]) -> bool:
        """Whether it is this plugin in another version."""
        same = (key for key in self.told if key != "X-Kestra-Version")
        return not self.is_listed(manifest) and all(
            manifest.get(key) == self.told[key] for key in same
        )


def read_jar(plugin: Plugin, path: Path, sha256: str) -> Jar:
    """Reads its manifest.

    + sha256: the file's sum, which was checked

    Raises `PluginError` for a file that Kestra would load nothing of, and with which its list of
    plugins would fail as a whole: one without a manifest.
    """
    try:
        with zipfile.ZipFile(path) as file:
            names = {*file.namelist()}
            manifest = _attributes(file.read(_MANIFEST)) if _MANIFEST in names else {}
            services = file.read(SERVICES).split() if SERVICES in names else []
    except _UNREADABLE as error:
        raise PluginError(f"{plugin} is no jar ({error})", "name a plugin's jar") from error
    build = "take the jar that ./gradlew shadowJar makes of a plugin, with Kestra's own processor"
    if not manifest.get("X-Kestra-Group"):
        raise PluginError(
            f"{plugin} is no plugin of Kestra: its manifest has no X-Kestra-Group", build
        )
    if not services:
        raise PluginError(f"{plugin} has no {SERVICES}: Kestra would load nothing of it", build)
    told = {key: manifest[key] for key in _TELLING if key in manifest}
    return Jar(plugin, path, sha256, path.stat().st_size, told)


def _attributes(manifest: bytes) -> dict[str, str]:
    """Of its main section. A line that begins with a blank goes on with the one before it."""
    lines = manifest.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n ", b"")
    main = lines.partition(b"\n\n")[0].decode(errors="replace")
    pairs = (line.partition(": ") for line in main.split("\n"))
    return {key: value for key, _, value in pairs if key}
