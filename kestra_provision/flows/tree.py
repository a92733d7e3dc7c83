"""The flows of the operator's repository: `flows/NAMESPACE/*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from kestra_provision.flows import files, values
from kestra_provision.flows.links import leading_out
from kestra_provision.flows.secrets import Use, uses
from kestra_provision.flows.source import Names, SourceError, names
from kestra_provision.flows.values import Value
from kestra_provision.sync.item import Item
from kestra_provision.text.problem import Problem

#: The folder that the setting names unless it is told another one.
DEFAULT = "flows"
SUFFIXES = (".yaml", ".yml")
#: Code points that the server's YAML parser takes (SnakeYAML's own limit).
MOST = 3 * 1024 * 1024
#: As the server wants them; it would refuse others at the end of a validation.
_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9._-]{0,149}")


@dataclass(frozen=True)
class Flow:
    """One flow of the repository, with the file that it is in."""

    names: Names
    source: str
    file: Path

    @property
    def id(self) -> Item:
        return self.names.flow


@dataclass(frozen=True)
class Tree:
    """All that some folders hold for Kestra, and what is wrong with any of it.

    + files: of the namespaces, by their names there
    + values: of the namespaces' stores
    """

    flows: tuple[Flow, ...] = ()
    files: Mapping[Item, Path] = field(default_factory=dict)
    values: Mapping[Item, Value] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @cached_property
    def secrets(self) -> dict[str, list[Use]]:
        """By name, where flows and files ask for one."""
        flows = ((each.file, each.source, each.names.secrets) for each in self.flows)
        return uses(flows, self.files.values())


def of(folders: Iterable[str], directory: Path) -> Tree:
    """The flows of these folders, and a problem for each that is named and not there.

    + folders: relative to `directory`; the one of the default need not be there
    """
    named = {*folders} - {DEFAULT}
    paths = {folder: paths_of([folder], directory)[0] for folder in folders}
    fix = "make it, or take it out of the setting `flows`"
    missing = [
        _problem(path, "there is no such folder", fix)
        for folder, path in paths.items()
        if folder in named and not path.is_dir()
    ]
    found = read([path for path in paths.values() if path.is_dir()])
    return replace(found, problems=(*missing, *found.problems))


def paths_of(folders: Iterable[str], directory: Path) -> list[Path]:
    """Where they are, relative to where the operator is, as every message names them."""
    here, paths = Path.cwd(), [directory / folder for folder in folders]
    return [path.relative_to(here) if path.is_relative_to(here) else path for path in paths]


def read(folders: Iterable[Path]) -> Tree:
    """Reads every `NAMESPACE/NAME.yaml` below each folder, `_files/` and `_kv.yaml` beside them.

    What else starts with a dot or `_` is left alone.
    """
    folders = [*folders]
    flows, problems = list[Flow](), [*_astray(folders)]
    found_files, found_values = dict[Item, Path](), dict[Item, Value]()
    for namespace in _namespaces(folders):
        known = (namespace / files.FOLDER, namespace / values.NAME)
        if out := leading_out([namespace, *known, *_sources(namespace)], folders):
            problems += out
            continue
        for file in _sources(namespace):
            found = _flow(file)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                flows.append(found)
        problems += _unfit(namespace)
        more_files, wrong_files = files.read(namespace, folders)
        more_values, wrong_values = values.read(namespace)
        problems += [*wrong_files, *wrong_values]
        problems += _both(found_files, more_files, namespace)
        problems += _both(found_values, more_values, namespace)
        found_files |= more_files
        found_values |= more_values
    return Tree(tuple(flows), found_files, found_values, (*problems, *_twice(flows)))


def fits(item: Item) -> bool:
    """Kestra takes such a namespace, and no path hides in it nor in the name."""
    return bool(_NAMESPACE.fullmatch(item.namespace)) and not {"", ".", ".."} & {
        *item.name.split("/")
    }


def _namespaces(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from _folders(folder)


def _folders(folder: Path) -> Iterator[Path]:
    for each in sorted(folder.iterdir()):
        if each.is_dir() and not each.name.startswith((".", "_")):
            yield each


def _sources(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in SUFFIXES and not file.name.startswith((".", "_")):
            yield file


def _unfit(namespace: Path) -> Iterator[Problem]:
    """Files or keys below a name that no flow could have; keys by another file's name."""
    holds = [each.name for each in namespace.iterdir() if each.name in (files.FOLDER, values.NAME)]
    if holds and not _NAMESPACE.fullmatch(namespace.name):
        what = f"Kestra takes no such namespace: {namespace.name}"
        yield _problem(namespace, what, "give the folder another name")
    other = namespace / "_kv.yml"
    if other.exists():
        yield _problem(other, "keys stand in _kv.yaml", f"call it {values.NAME}")


def _astray(folders: Iterable[Path]) -> Iterator[Problem]:
    """Sources that are above a namespace's folder or below it, which nobody would miss."""
    namespaces = [*_namespaces(folders)]
    below = [folder for namespace in namespaces for folder in _folders(namespace)]
    for folder in (*folders, *below):
        for file in _sources(folder):
            fix = "move it to NAMESPACE/, right below the folder of flows"
            yield _problem(file, "it is in no namespace's folder, so it would be left out", fix)


def _both(before: Iterable[Item], more: Iterable[Item], namespace: Path) -> Iterator[Problem]:
    for item in sorted({*before} & {*more}):
        yield _problem(namespace, f"{item.name} stands in another folder as well", "remove one")


def _flow(file: Path) -> Flow | Problem:
    folder = file.parent.name
    if not file.name.isprintable():
        return _problem(file, "its name cannot be printed", "give it another name")
    if not file.is_file():
        fix = "remove it, or call it otherwise"
        return _problem(file, "it is no file, or a link to nowhere", fix)
    try:
        source = file.read_bytes().decode()
    except OSError as error:
        return _problem(file, f"it cannot be read: {error.strerror}", "mend the file")
    except UnicodeDecodeError:
        return _problem(file, "it is no UTF-8", "save it as UTF-8")
    if len(source) > MOST:
        most = MOST // 1024 // 1024
        fix = "move what is long into a namespace file"
        return _problem(file, f"it has more than {most} Mi characters, which Kestra refuses", fix)
    try:
        found = names(source)
    except SourceError as error:
        return _problem(file, str(error), "mend it there")
    flow = found.flow
    if flow.namespace != folder:
        said = f"its namespace is {flow.namespace}, its folder {folder}"
        return _problem(file, said, f"move it to {file.parent.parent / flow.namespace}/")
    for text, pattern, key in ((flow.namespace, _NAMESPACE, "namespace"), (flow.name, _ID, "id")):
        if not pattern.fullmatch(text):
            return _problem(file, f"Kestra takes no such {key}: {text}", "give it another name")
    return Flow(found, source, file)


def _twice(flows: Iterable[Flow]) -> Iterator[Problem]:
    first, exported = dict[Item, Path](), dict[str, Flow]()
    for flow in flows:
        # What the server's export calls it: of two with one name it exports none at all.
        name = f"{flow.id.namespace}-{flow.id.name}"
        other = exported.setdefault(name, flow)
        if flow.id in first:
            said = f"the flow {flow.id} stands in {first[flow.id]} as well"
            yield _problem(flow.file, said, "remove one of them, or give it another id")
        elif other is not flow:
            said = f"Kestra would export {flow.id} and {other.id} by one name, {name}, and fail"
            yield _problem(flow.file, said, "give one of them another id")
        first.setdefault(flow.id, flow.file)


def _problem(file: Path, what: str, fix: str) -> Problem:
    return Problem(what, str(file), fix)
