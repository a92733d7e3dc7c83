"""The flows of the operator's repository: `flows/NAMESPACE/*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kestra_provision.flows.source import FlowId, Names, SourceError, names
from kestra_provision.text.problem import Problem

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
    def id(self) -> FlowId:
        return self.names.flow


@dataclass(frozen=True)
class Tree:
    """All flows of some folders, and what is wrong with any of them."""

    flows: tuple[Flow, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def sources(self) -> dict[FlowId, str]:
        return {flow.id: flow.source for flow in self.flows}


def of(folders: Iterable[str], directory: Path) -> Tree:
    """The flows of these folders, and a problem for each that is named and not there.

    + folders: relative to `directory`
    """
    paths = [directory / folder for folder in folders]
    return read([path for path in paths if path.is_dir()])


def read(folders: Iterable[Path]) -> Tree:
    """Reads every `NAMESPACE/NAME.yaml` below each folder; touches nothing else.

    What starts with a dot or `_` is left out (`_files`, `_kv`: kestra_provision.flows.files).
    """
    flows, problems = list[Flow](), list[Problem]()
    for folder in folders:
        for file in _files(folder):
            found = _flow(file)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                flows.append(found)
    return Tree(tuple(flows), (*problems, *_twice(flows)))


def _files(folder: Path) -> Iterator[Path]:
    for namespace in sorted(folder.iterdir()):
        if namespace.is_dir() and not namespace.name.startswith((".", "_")):
            for file in sorted(namespace.iterdir()):
                if file.suffix in SUFFIXES and not file.name.startswith((".", "_")):
                    yield file


def _flow(file: Path) -> Flow | Problem:
    folder = file.parent.name
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
    for text, pattern, key in ((flow.namespace, _NAMESPACE, "namespace"), (flow.id, _ID, "id")):
        if not pattern.fullmatch(text):
            return _problem(file, f"Kestra takes no such {key}: {text}", "give it another name")
    return Flow(found, source, file)


def _twice(flows: Iterable[Flow]) -> Iterator[Problem]:
    first = dict[FlowId, Path]()
    for flow in flows:
        if flow.id in first:
            said = f"the flow {flow.id} stands in {first[flow.id]} as well"
            yield _problem(flow.file, said, "remove one of them, or give it another id")
        first.setdefault(flow.id, flow.file)


def _problem(file: Path, what: str, fix: str) -> Problem:
    return Problem(what, str(file), fix)
