"""What there is to say of one service stands in its own place, and everything else is a loop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.services import BESIDE, NAMES
from tests.full import full_settings

ROOT = Path(__file__).resolve().parents[2]
#: Where a service may be named: its values, its settings, who puts it into a stack, its texts.
PLACES = ("services", "settings", "profiles")
#: Copies that a wheel was made of, and what Python writes itself.
NO_SOURCES = {"__pycache__", "shipped"}


def _own(service: str) -> tuple[Path, ...]:
    return (
        *(ROOT / "kestra_provision" / place for place in PLACES),
        ROOT / "templates/services" / service,
        ROOT / "templates/questions" / f"{service}.sh.j2",
        # What it is told by the one that has its data.
        *(ROOT / "templates/services").glob(f"*/{service}.yaml.j2"),
    )


def _files(folder: str) -> Iterator[Path]:
    for path in sorted((ROOT / folder).rglob("*")):
        if path.is_file() and not NO_SOURCES & {*path.parts}:
            yield path


@pytest.mark.parametrize("folder", ["kestra_provision", "templates"])
@pytest.mark.parametrize("service", BESIDE)
def test_service_is_named_in_its_own_place_only(service: str, folder: str) -> None:
    own = _own(service)
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in _files(folder)
        if not any(path.is_relative_to(place) for place in own)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if service in line.lower()
    ]
    assert named == []


def test_names_that_an_operator_may_use_are_those_of_the_stacks() -> None:
    stacks = [stack_of(settings) for settings in full_settings()]
    titles = {service.name: service.title for stack in stacks for service in stack.services}
    assert {*titles} == {*NAMES}
    assert all(titles[name] == title for name, title in BESIDE.items())
