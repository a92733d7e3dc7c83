"""A value of `.env`: every reader reads what was written, or it is refused."""

import io
import os
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kestra_provision.settings.env_file import EnvFile, EnvFileError, quoted, unwritable
from tests.unit.env_values import NASTY, UNWRITABLE, WRITABLE, accepted


def read_by_dotenv(text: str, *, interpolate: bool) -> str | None:
    return dotenv_values(stream=io.StringIO(text), interpolate=interpolate)["KEY"]


def read_by_shell(folder: Path, text: str) -> str:
    file = folder / "env"
    file.write_bytes(text.encode())
    shown = subprocess.run(
        ["sh", "-c", '. "$1"; printf %s "$KEY"', "sh", str(file)],
        capture_output=True,
        check=True,
        env={"PATH": os.defpath, "HOME": "/home/reader"},
    )
    assert shown.stderr == b""
    return shown.stdout.decode()


def assert_all_read(value: str, folder: Path) -> None:
    text = f"KEY={quoted(value)}\n"
    assert EnvFile.parse(text).values == {"KEY": value}
    assert read_by_dotenv(text, interpolate=False) == value
    assert read_by_dotenv(text, interpolate=True) == value
    assert read_by_shell(folder, text) == value


@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_value_is_read_alike_by_all_or_refused(value: str, tmp_path: Path) -> None:
    try:
        quoted(value)
    except EnvFileError:
        assert unwritable(value)
        return
    assert unwritable(value) is None
    assert_all_read(value, tmp_path)


@pytest.mark.parametrize("value", WRITABLE, ids=ascii)
def test_writable_value_is_not_refused(value: str) -> None:
    assert unwritable(value) is None


@pytest.mark.parametrize("value", UNWRITABLE, ids=ascii)
def test_unwritable_value_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(EnvFileError) as error:
        quoted(value)
    assert str(error.value).startswith("holds ")
    if len(value) > 1:
        assert value not in str(error.value)


@pytest.mark.parametrize("value", ["plain", "a@b.cd", "1:2/3", "AZaz09_@%+=:,./-"])
def test_harmless_value_stands_bare(value: str) -> None:
    assert quoted(value) == value


@given(st.text(max_size=30).filter(accepted))
def test_any_accepted_value_is_read_alike_by_dotenv(value: str) -> None:
    text = f"KEY={quoted(value)}\n"
    assert read_by_dotenv(text, interpolate=False) == value
    assert read_by_dotenv(text, interpolate=True) == value


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).filter(accepted))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_accepted_value_is_read_alike_by_a_shell(tmp_path: Path, value: str) -> None:
    assert read_by_shell(tmp_path, f"KEY={quoted(value)}\n") == value
