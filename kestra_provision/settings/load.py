"""Builds the settings of one host from layers.

Later wins: defaults of the profile, `group_data/all.py`, the operator's file for the profile, the
laptop's `.env`, the environment, groups and hosts of the inventory, `--data`. The laptop's own
`.env` and environment stand below the inventory because they hold for every host, and the
inventory for this one.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from kestra_provision.settings import passwords
from kestra_provision.settings.model import Settings
from kestra_provision.settings.nearest import OWN_DATA, nearest
from kestra_provision.settings.outline import Profiles
from kestra_provision.settings.shown import OPERATORS
from kestra_provision.text.problem import Problem, SettingsError


@dataclass(frozen=True)
class Origin:
    """A value and the layer it came from, for messages and `kestra-provision config`."""

    value: Any
    layer: str


#: What mends a value of the wrong type, by pydantic's words for it.
_WAYS = {
    "string_type": "write it between quotes",
    "list_type": 'write a list, such as ["…"]',
    "dict_type": 'write a mapping, such as {"…": "…"}',
}

Layers = Iterable[tuple[str, Mapping[str, Any]]]


def load(host: str, layers: Layers, profiles: Profiles) -> Settings:
    """Returns the validated settings of `host`, in the class of its profile.

    + host: name for messages
    + layers: (layer name, values) pairs, weakest first

    Raises `SettingsError` with every problem found, each with where it stands and the fix.
    """
    origins = merge(layers)
    profile = _profile(host, origins, profiles)
    wanted = profiles[profile]
    known = wanted.model_fields
    problems = [
        _stray(key, origin, profile, profiles)
        for key, origin in origins.items()
        if key not in known
    ]
    values = {key: origin.value for key, origin in origins.items() if key in known}
    try:
        settings = wanted(**values)
    except ValidationError as error:
        found = (_problems(detail, origins, known) for detail in error.errors())
        problems += [problem for each in found for problem in each]
    if problems:
        raise SettingsError({host: problems})
    return settings


def merge(layers: Layers) -> dict[str, Origin]:
    """The winning value of each key with its layer; connector data and `x_…` are left out."""
    origins: dict[str, Origin] = {}
    for layer, values in layers:
        for key, value in values.items():
            if not _is_foreign(key):
                origins[key] = Origin(value, layer)
    return origins


def _profile(host: str, origins: Mapping[str, Origin], profiles: Profiles) -> str:
    """The profile of the host. Which settings there are depends on it, so it is judged first."""
    default = next(iter(profiles))
    origin = origins.get("profile", Origin(default, "defaults"))
    if isinstance(origin.value, str) and origin.value in profiles:
        return origin.value
    field = profiles[default].model_fields["profile"]
    message = f"Input should be {' or '.join(map(repr, profiles))}"
    raise SettingsError({host: [_field_problem("profile", message, origin, field)]})


def _is_foreign(key: str) -> bool:
    return key.startswith(("_", OWN_DATA)) or key in _connector_data()


@cache
def _connector_data() -> frozenset[str]:
    """Data names of pyinfra's connectors (`ssh_user`, …), which every inventory may hold.

    Asked for each key of each host, and found by a look at every package of the environment.
    """
    from pyinfra.api.connectors import get_all_connectors

    names: set[str] = set()
    for connector in get_all_connectors().values():
        names.update(typing.get_type_hints(connector.data_cls))
    return frozenset(names)


def _stray(key: str, origin: Origin, profile: str, profiles: Profiles) -> Problem:
    """A secret, a setting of other profiles, or what nobody knows."""
    is_password = re.search("password|token|encryption_key", key) is not None
    if key.upper() in passwords.GIVEN or is_password:
        return Problem(
            f"{key} is no setting: a secret never stands in an inventory",
            origin.layer,
            f"put it into .env beside deploy.py as one of {', '.join(passwords.GIVEN)}",
        )
    if owners := [name for name, each in profiles.items() if key in each.model_fields]:
        have = "has" if len(owners) == 1 else "have"
        return Problem(
            f"{key} is no setting of profile {profile}, {' and '.join(owners)} {have} it",
            origin.layer,
            f"remove it, or set it in group_data/{owners[0]}.py, for hosts of that profile only",
        )
    known = sorted(profiles[profile].model_fields)
    return Problem(f"unknown setting {key}", origin.layer, nearest(key, known))


def _problems(
    detail: ErrorDetails, origins: Mapping[str, Origin], known: Mapping[str, FieldInfo]
) -> Iterator[Problem]:
    """Pydantic's finding as what, where and how to fix."""
    message = detail["msg"].removeprefix("Value error, ")
    if detail["loc"]:
        key, *inner = map(str, detail["loc"])
        place = f"{key}: {inner[0]}" if inner and isinstance(origins[key].value, dict) else key
        way = _WAYS.get(detail["type"], "mend that one" if inner else "")
        yield _field_problem(key, message, origins[key], known[key], place, way)
        return
    for line in message.splitlines():
        named = [key for key in known if re.search(rf"\b{key}\b", line)]
        layers = [f"{key} in {origins[key].layer}" for key in named if key in origins]
        fix = f"change {' or '.join(named)}; docs/settings.md explains each"
        yield Problem(line, "; ".join(layers) or "defaults", fix)


def _field_problem(
    key: str,
    message: str,
    origin: Origin,
    field: FieldInfo,
    place: str = "",
    way: str = "",
) -> Problem:
    """+ way: what mends it, beside the default"""
    default = (
        "remove it" if field.default is None else f"set {key} = {field.default!r}, the default"
    )
    default = f"{way}, or {default}" if way else default
    # What is called like a secret may be in it.
    value = "" if key in OPERATORS else f" = {origin.value!r}"
    return Problem(
        f"{place or key}{value}: {message}", origin.layer, f"{default} ({field.description})"
    )
