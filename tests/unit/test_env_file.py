"""`.env`: untouched lines keep their bytes, and every reader reads what was written."""

import io
import os
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kestra_provision.settings.env_file import EnvFile, EnvFileError, quoted, unwritable

#: Values that one reader or another takes in its own way when they stand unquoted.
WRITABLE = [
    "",
    "plain",
    "with blank",
    " leading",
    "trailing ",
    "   ",
    "hash#inside",
    "blank #comment",
    "#first",
    "$HOME",
    "$$",
    "a$b",
    "$(id)",
    "`id`",
    "$",
    '"',
    '"whole"',
    'in"side',
    "a\\b",
    "\\n",
    "\\$x",
    "a=b",
    "=first",
    "==",
    "export x",
    "~",
    "~root",
    "*",
    "?[a-z]",
    "a;b",
    "a&b|c",
    "<>",
    "(x)",
    "{a,b}",
    "!bang",
    "%PATH%",
    "key: value",
    "ümläut",
    "日本語",
    "🔑",
    "a\u00a0b",
    "a\u2028b",
    "a\u0085b",
    "AaBb0-_@%+=:,./",
    "x" * 4000,
]
UNWRITABLE = [
    "a\nb",
    "ends\n",
    "a\rb",
    "tab\tin",
    "nul\0in",
    "esc\x1bin",
    "del\x7fin",
    "it's",
    "'",
    "a\\\\b",
    "ends\\",
    "\\'",
    "${HOME}",
    "a${HOME}b",
    "${X:-default}",
    "${}",
    "bytes that are no UTF-8 \udcff",
]
NASTY = [*WRITABLE, *UNWRITABLE, "${", "$ {HOME}", "}${", "\\${HOME}", "a\\\\\\b", "\ufeffbom"]


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


def accepted(value: str) -> bool:
    return unwritable(value) is None


@given(st.text(max_size=30).filter(accepted))
def test_any_accepted_value_is_read_alike_by_dotenv(value: str) -> None:
    text = f"KEY={quoted(value)}\n"
    assert read_by_dotenv(text, interpolate=False) == value
    assert read_by_dotenv(text, interpolate=True) == value


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).filter(accepted))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_accepted_value_is_read_alike_by_a_shell(tmp_path: Path, value: str) -> None:
    assert read_by_shell(tmp_path, f"KEY={quoted(value)}\n") == value


KEYS = st.sampled_from(["A", "B", "KESTRA_X", "lower_case", "X9"])
VALUES = st.text(max_size=20).filter(accepted)
WRITTEN = st.one_of(
    VALUES.map(quoted),
    st.sampled_from(['"double $x \\n"', "bare # comment", "'two\nlines'", "", "''", "a b", "\t x"]),
)
LINES = st.one_of(
    st.just(""),
    st.just("   "),
    st.sampled_from(["# comment", "  # indented", "#", "# KEY=value", "# it's"]),
    st.builds("{}{}={}".format, st.sampled_from(["", "  ", "export "]), KEYS, WRITTEN),
)
TEXTS = st.lists(LINES, max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(TEXTS)
def test_untouched_file_keeps_its_bytes(text: str) -> None:
    assert EnvFile.parse(text).render() == text


@given(TEXTS)
def test_update_without_difference_keeps_its_bytes(text: str) -> None:
    file = EnvFile.parse(text)
    assert file.updated(file.values).render() == text


@given(TEXTS, st.dictionaries(KEYS, VALUES, max_size=4))
def test_update_sets_its_keys_and_leaves_the_rest(text: str, values: dict[str, str]) -> None:
    before = EnvFile.parse(text)
    after = before.updated(values)
    again = EnvFile.parse(after.render())
    assert after.values == again.values == {**before.values, **values}
    untouched = [b.original.string.strip() for b in before.bindings if b.key not in values]
    kept = [b.original.string.strip() for b in again.bindings if b.key not in values]
    assert [line for line in kept if line] == [line for line in untouched if line]


@given(TEXTS, st.dictionaries(KEYS, VALUES, max_size=4))
def test_second_update_changes_nothing(text: str, values: dict[str, str]) -> None:
    once = EnvFile.parse(text).updated(values)
    assert EnvFile.parse(once.render()).updated(values).render() == once.render()


def test_value_is_changed_in_its_place() -> None:
    text = "# head\nA=1\n\n# about b\nB=2\nC='3'\n"
    changed = EnvFile.parse(text).updated({"B": "two words", "D": "4"}).render()
    assert changed == "# head\nA=1\n\n# about b\nB='two words'\nC='3'\nD=4\n"


def test_blank_lines_above_a_changed_key_stay() -> None:
    assert EnvFile.parse("A=1\n\n\nB=2\n").updated({"B": "3"}).render() == "A=1\n\n\nB=3\n"


def test_new_key_stands_on_its_own_line() -> None:
    assert EnvFile.parse("A=1").updated({"B": "2"}).render() == "A=1\nB=2\n"


def test_last_of_two_equal_keys_counts_and_both_are_put_right() -> None:
    file = EnvFile.parse("A=1\nA=2\n")
    assert file.values == {"A": "2"}
    assert file.updated({"A": "3"}).render() == "A=3\nA=3\n"


def test_empty_file() -> None:
    assert EnvFile.parse("").render() == ""
    assert EnvFile.parse("").values == {}
    assert EnvFile.parse("").updated({"A": "1"}).render() == "A=1\n"


def test_windows_line_ends_become_unix_ones() -> None:
    assert EnvFile.parse("A=1\r\nB=2\r\n").render() == "A=1\nB=2\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\nno value here\n", 2),
        ("NOTHING\n", 1),
        ("A=1\n\n\nB='open\n", 4),
        ("=x\n", 1),
        ("A=1\n  \nbad line\n", 3),
    ],
)
def test_line_that_is_no_assignment_is_named_by_number_only(text: str, line: int) -> None:
    with pytest.raises(EnvFileError) as error:
        EnvFile.parse(text)
    assert str(error.value) == f"line {line} is not KEY=value"


@pytest.mark.parametrize("key", ["<i>", "A-B", "a.b", "1A", "'A B'"])
def test_key_that_is_no_name_of_a_variable_is_refused(key: str) -> None:
    """Compose reads none of these, or the shell does not."""
    with pytest.raises(EnvFileError, match=r"^line 2 is not KEY=value: what stands before the ="):
        EnvFile.parse(f"A=1\n{key}=1\n")


@pytest.mark.parametrize("line", ["export B=1", "_b9=1", "b=", "# <i>=1"])
def test_what_every_reader_takes_is_taken(line: str) -> None:
    assert EnvFile.parse(f"A=1\n{line}\n").render() == f"A=1\n{line}\n"
