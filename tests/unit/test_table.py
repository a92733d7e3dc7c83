"""Aligned columns."""

from kestra_provision.text.table import table


def test_columns_are_aligned_and_nothing_trails() -> None:
    rows = [["host", "result"], ["a", "healthy"], ["a-long-name", "-"]]
    assert table(rows) == (
        "host         result\n-----------  -------\na            healthy\na-long-name  -"
    )


def test_heading_alone() -> None:
    assert table([["one", "two"]]) == "one  two\n---  ---"


def test_empty_cells() -> None:
    assert table([["a", "b"], ["", ""]]) == "a  b\n-  -\n"
