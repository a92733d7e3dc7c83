"""`.env`: untouched lines keep their bytes, and what is no assignment is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kestra_provision.settings.env_file import EnvFile, EnvFileError, quoted
from kestra_provision.settings.env_lines import key_of
from tests.unit.env_values import accepted

KEYS = st.sampled_from(["A", "B", "KESTRA_X", "lower_case", "X9"])
VALUES = st.text(max_size=20).filter(accepted)
WRITTEN = st.one_of(
    VALUES.map(quoted),
    st.sampled_from(['"double # x"', "bare # comment", "", "''", "a b", "\t x"]),
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
    untouched = [line for line in before.lines if key_of(line) not in values]
    assert [line for line in again.lines if key_of(line) not in values] == untouched


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
        ("A=1\n\n\nB: open\n", 4),
        ("=x\n", 1),
        ("A=1\n  \nbad line\n", 3),
    ],
)
def test_line_that_is_no_assignment_is_named_by_number_only(text: str, line: int) -> None:
    with pytest.raises(EnvFileError) as error:
        EnvFile.parse(text)
    assert str(error.value).startswith(f"line {line} is not KEY=value")


def test_only_the_first_line_is_named_because_others_may_be_the_rest_of_its_value() -> None:
    with pytest.raises(EnvFileError) as error:
        EnvFile.parse("A=1\nB='first line\nsecond=line'\n")
    assert str(error.value).startswith("line 2 (B) opens a quote")


@pytest.mark.parametrize("key", ["<i>", "A-B", "a.b", "1A", "'A B'"])
def test_key_that_is_no_name_of_a_variable_is_refused(key: str) -> None:
    """Compose reads none of these, or the shell does not."""
    with pytest.raises(EnvFileError, match=r"^line 2 is not KEY=value: what stands before the ="):
        EnvFile.parse(f"A=1\n{key}=1\n")


@pytest.mark.parametrize("line", ["export B=1", "_b9=1", "b=", "# <i>=1"])
def test_what_every_reader_takes_is_taken(line: str) -> None:
    assert EnvFile.parse(f"A=1\n{line}\n").render() == f"A=1\n{line}\n"
