"""Lets `pyinfra inventory deploy.py` take a folder, one group a file, and name a mistake in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb
from typing import Any

from pyinfra_cli.exceptions import CliError, UnexpectedExternalError

#: Hosts, or hosts with data of their group.
Group = list[Any] | tuple[list[Any], dict[str, Any]]
#: Reads one file, as pyinfra does.
_Reader = Callable[[str], dict[str, Group]]


def execute_file(original: Callable[..., Any], name: str, **given: Any) -> Any:
    """pyinfra's own; raises `CliError` with file, line and message where it shows a traceback."""
    try:
        return original(name, **given)
    except UnexpectedExternalError as error:
        raise CliError(_mistake(name, error.exception)) from error
    except (SyntaxError, OSError, ValueError) as error:
        raise CliError(_mistake(name, error)) from error


def _mistake(name: str, error: Exception) -> str:
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{error.filename or name}, line {error.lineno}: {error.msg}"
    inside = [n for frame, n in walk_tb(error.__traceback__) if frame.f_code.co_filename == name]
    line = f", line {inside[-1]}" if inside else ""
    return f"{name}{line}: {type(error).__name__}: {error}"


def read_groups(original: _Reader, name: str) -> dict[str, Group]:
    """Groups of an inventory file, or of all files of a folder that do not start with `_`.

    A file `servers.py` with a list `hosts` makes the groups `hosts` and `servers`. Of the same
    group in two files the hosts are united and the data of the later file wins. Raises
    `CliError` for a folder without any host, with the way to make one.
    """
    path = Path(name)
    if not path.is_dir():
        return original(name)
    groups: dict[str, Group] = {}
    for file in sorted(path.glob("*.py")):
        if not file.name.startswith("_"):
            _add_file(groups, file, original)
    if not any(_hosts(group) for group in groups.values()):
        raise CliError(
            f"no host in {path}/: copy an example and name your server in it, "
            f"such as: cp {path}/_server.py {path}/server.py"
        )
    return groups


def _add_file(groups: dict[str, Group], file: Path, read: _Reader) -> None:
    found = read(str(file))
    for name, group in found.items():
        _merge(groups, name, group)
    if file.stem not in found:
        everyone = [host for group in found.values() for host in _hosts(group)]
        _merge(groups, file.stem, [_name(host) for host in everyone])


def _merge(groups: dict[str, Group], name: str, group: Group) -> None:
    before = groups.get(name, [])
    hosts: dict[str, dict[str, Any]] = {}
    for host in [*_hosts(before), *_hosts(group)]:
        hosts.setdefault(_name(host), {}).update(_host_data(host))
    groups[name] = (list(hosts.items()), {**_data(before), **_data(group)})


def _hosts(group: Group) -> list[Any]:
    return group[0] if isinstance(group, tuple) else group


def _data(group: Group) -> dict[str, Any]:
    return group[1] if isinstance(group, tuple) else {}


def _host_data(host: Any) -> dict[str, Any]:
    return host[1] if isinstance(host, tuple) else {}


def _name(host: Any) -> str:
    return str(host[0] if isinstance(host, tuple) else host)
