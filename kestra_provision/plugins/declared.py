"""The jars that the settings of a host declare, as they lie on the laptop by then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from kestra_provision.docker.digest import file_sha256
from kestra_provision.plugins.jar import Jar, PluginError, read_jar
from kestra_provision.plugins.maven import fetched
from kestra_provision.settings import Problem, Settings
from kestra_provision.settings.plugin import Plugin

#: All hosts want the same ones, each fetched once.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Jars:
    """+ jars: those that can be had
    + problems: why others cannot
    """

    jars: tuple[Jar, ...]
    problems: tuple[Problem, ...]


def jars_of(settings: Settings) -> Jars:
    """All of them, fetched where they are not there yet."""
    jars, problems = list[Jar](), list[Problem]()
    for plugin in settings.kestra_plugins:
        try:
            jars.append(_jar(plugin, settings.kestra_maven_repository))
        except PluginError as error:
            problems.append(Problem(str(error), "kestra_plugins", error.fix))
    return Jars(tuple(jars), tuple(problems))


def _jar(plugin: Plugin, repository: str) -> Jar:
    if plugin.file:
        return _of_file(plugin, Path(plugin.file).expanduser())
    with _ONE_AT_A_TIME:
        found = _of_repository(plugin, repository)
    if isinstance(found, PluginError):
        raise found
    return found


@cache
def _of_repository(plugin: Plugin, repository: str) -> Jar | PluginError:
    """Once a run, also what went wrong: each host would wait for it again."""
    try:
        path = fetched(plugin, repository)
        return read_jar(plugin, path, path.stem)
    except PluginError as error:
        return error


def _of_file(plugin: Plugin, path: Path) -> Jar:
    if not path.is_file():
        fix = "build it, or take its entry out of kestra_plugins"
        raise PluginError(f"{plugin} is {'no file' if path.exists() else 'not there'}", fix)
    sha256 = file_sha256(path)
    if sha256 != plugin.sha256:
        what = f"{plugin} has the SHA-256 {sha256}, and kestra_plugins says {plugin.sha256}"
        raise PluginError(what, "if it is the one that you built, write its sum there")
    return read_jar(plugin, path, sha256)
