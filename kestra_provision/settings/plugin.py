"""A plugin of Kestra as the inventory names it: coordinates of a Maven repository, or a jar."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

from kestra_provision.settings.fields import Sha256

#: Of Maven Central itself.
CENTRAL = "https://repo1.maven.org/maven2/"
#: Whose plugins say by their version for which Kestra they are.
_KESTRAS = ("io.kestra.plugin", "io.kestra.storage")
_EXAMPLE = "io.kestra.plugin:plugin-slack:1.1.0"
#: A login, a host, a port, a path.
_REPOSITORY = re.compile(
    r"https?://([^\s/?#@]+@)?([^\s/?#@:\[\]]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?(/[^\s?#]*)?/"
)
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Plugin(BaseModel):
    """One of the two.

    + plugin: coordinates, `group:artifact:version`
    + file: a jar on the laptop
    + sha256: of the jar; of coordinates their repository has one too
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    plugin: str | None = None
    file: str | None = None
    sha256: Sha256 | None = None

    def __str__(self) -> str:
        return str(self.plugin or self.file)

    @property
    def group(self) -> str:
        return self._parts[0]

    @property
    def artifact(self) -> str:
        return self._parts[1]

    @property
    def version(self) -> str:
        return self._parts[2]

    @property
    def jar(self) -> str:
        """The name of its file on a host and in the container.

        Of coordinates Kestra's own: one that the image has too is then there once. Of a file it
        says the content, so that another one is another name.
        """
        if self.plugin:
            parts = (self.group.replace(".", "_"), self.artifact, self.version.replace(".", "_"))
            return f"{'__'.join(parts)}.jar"
        stem = re.sub(r"[^A-Za-z0-9._-]", "-", Path(str(self.file)).stem).lstrip("-.")
        return f"{stem or 'plugin'}-{str(self.sha256)[:12]}.jar"

    @property
    def _parts(self) -> tuple[str, str, str]:
        group, artifact, version = str(self.plugin).split(":")
        return group, artifact, version

    @model_validator(mode="before")
    @classmethod
    def _coordinates(cls, value: Any) -> Any:
        return {"plugin": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> Plugin:
        if bool(self.plugin) == bool(self.file):
            raise ValueError(
                f'an entry is "{_EXAMPLE}", or has either a plugin or a file: '
                '{"file": "plugins/mine.jar", "sha256": "…"}'
            )
        why = _no_coordinates(self.plugin) if self.plugin else _no_file(self.file, self.sha256)
        if why:
            raise ValueError(why)
        return self

    @model_serializer
    def _shortest(self) -> str | dict[str, str]:
        told = {"plugin": self.plugin, "file": self.file, "sha256": self.sha256}
        kept = {name: value for name, value in told.items() if value}
        return self.plugin if self.plugin and not self.sha256 else kept


def repository(value: str) -> str | None:
    """A Maven repository; why it is none, or None."""
    if not _REPOSITORY.fullmatch(value):
        return (
            "must start with http:// or https:// and end with /, without ? and #; in a login "
            "@ : / ? # are %40 %3A %2F %3F %23"
        )
    return None


def is_safe(url: str) -> bool:
    """True where nobody on the way can change what comes: TLS, or this machine itself."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(parts.hostname)).is_loopback
    except ValueError:
        return False


def clashes(plugins: list[Plugin]) -> Iterator[str]:
    """Of which Kestra would load one only, and nobody knows which."""
    artifacts, jars = dict[str, Plugin](), dict[str, Plugin]()
    for plugin in plugins:
        key = f"{plugin.group}:{plugin.artifact}" if plugin.plugin else str(plugin.file)
        before = artifacts.setdefault(key, plugin)
        before = before if before is not plugin else jars.setdefault(plugin.jar, plugin)
        if before is not plugin:
            yield f"kestra_plugins has {key} twice: {before} and {plugin}"


def unfit(plugin: Plugin, server: Version | None) -> str | None:
    """Why a plugin of Kestra's own is not for this server; None for what nobody knows.

    Up to 0.24 they have the minor version of their Kestra. Since 1.0 each has versions of its own;
    their first number says which Kestra they need at least.
    """
    if not plugin.plugin or plugin.group not in _KESTRAS or server is None:
        return None
    try:
        own = Version(plugin.version)
    except InvalidVersion:
        return None
    if own.major > server.major:
        return f"is for Kestra {own.major}.0 or newer"
    if own.major == 0 and (own.major, own.minor) != (server.major, server.minor):
        return f"is for Kestra 0.{own.minor}"
    return None


def _no_file(file: str | None, sha256: str | None) -> str | None:
    if not str(file).endswith(".jar"):
        return f"{file} must be a file that ends with .jar: Kestra loads no other"
    if not sha256:
        return (
            f'{file} needs its sum: {{"file": "{file}", "sha256": "…"}}; sha256sum {file} tells it'
        )
    return None


def _no_coordinates(text: str) -> str | None:
    if text.endswith(".jar"):
        return _no_file(text, None)
    parts = text.split(":")
    if len(parts) != 3:
        return f"{text} must be group:artifact:version, such as {_EXAMPLE}"
    version = parts[2]
    if version.upper() in ("LATEST", "RELEASE") or re.search(r"[\[\](),*]", version):
        return f"{text} names no version, and may be another one tomorrow: take a release"
    if version.upper().endswith("-SNAPSHOT"):
        return f"{text} is a snapshot, and another one tomorrow: take a release, or its jar as file"
    if not all(_PART.fullmatch(part) and ".." not in part for part in parts):
        return f"{text} must be letters, digits and . _ - in group, artifact and version"
    return None
