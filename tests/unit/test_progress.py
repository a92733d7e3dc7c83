"""One line at each tenth of a transfer."""

from types import SimpleNamespace
from typing import cast

import pytest
from pyinfra.api.host import Host

from kestra_provision.run import progress
from kestra_provision.run.progress import Progress

MB = 1_000_000


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    times = iter(range(100))
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: float(next(times))))
    return []


def watch(said: list[str], total: int) -> Progress:
    host = cast(Host, SimpleNamespace(log=said.append))
    return Progress(host, "loading images.tar", total)


def test_one_line_at_each_tenth_with_the_speed(said: list[str]) -> None:
    seen = watch(said, 100 * MB)
    for done in range(101):
        seen(done * MB)
    assert len(said) == 11
    assert said[0] == "loading images.tar: 0% of 100 MB (0 MB/s)"
    assert said[5] == "loading images.tar: 50% of 100 MB (8 MB/s)"
    assert said[10].startswith("loading images.tar: 100% of 100 MB ")


def test_big_steps_are_one_line_each(said: list[str]) -> None:
    seen = watch(said, 10 * MB)
    for done in (4 * MB, 4 * MB + 1, 10 * MB):
        seen(done)
    assert [line.split()[2] for line in said] == ["40%", "100%"]


def test_empty_file_divides_by_nothing(said: list[str]) -> None:
    watch(said, 0)(0)
    assert said == ["loading images.tar: 0% of 0 MB (0 MB/s)"]
