"""What a run does to a host is, to the letter, what `tests/golden` says.

The default case is there as a whole, each other one as its difference from it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit import golden
from tests.unit.golden_cases import CASES
from tests.unit.golden_files import FOLDER, compare, compare_file, differences

OTHERS = [name for name in CASES if name != "default"]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, golden.Texts]:
    return golden.texts(tmp_path_factory.mktemp("golden"))


def test_default_case(texts: dict[str, golden.Texts], golden_write: bool) -> None:
    compare("default", texts["default"], write=golden_write)


@pytest.mark.parametrize("name", OTHERS)
def test_case_differs_from_the_default_as_before(
    name: str, texts: dict[str, golden.Texts], golden_write: bool
) -> None:
    default = golden.comparable(texts["default"], texts[name])
    found = differences(default, texts[name])
    compare_file(f"cases/{name}.diff", found, write=golden_write)


def test_no_case_is_forgotten() -> None:
    assert sorted(path.stem for path in (FOLDER / "cases").iterdir()) == sorted(OTHERS)


def test_commands_of_a_bare_host(tmp_path: Path, golden_write: bool) -> None:
    compare("commands", golden.commands(tmp_path), write=golden_write)
