"""Waiting for health, with a clock of its own."""

from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from kestra_provision.health import gate
from kestra_provision.health.check import Check
from kestra_provision.health.verdict import Verdict
from kestra_provision.secrets import redact

HEALTHY = Verdict((Check("container k", True, "running", "k"),), {"kestra": "1.3.39"})


def waiting_for(detail: str, *, fatal: bool = False, restart: bool = False) -> Verdict:
    first = Check("container pg", True, "running", "pg")
    return Verdict((first, Check("/health", False, detail, "k", fatal, restart)))


class Clock:
    """Time that passes only where somebody waits, or where a look takes long."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Observer:
    """Gives one verdict after the other, the last one for ever."""

    def __init__(self, clock: Clock, verdicts: Iterable[Verdict], takes: float = 0.0) -> None:
        self._clock, self._verdicts, self._takes = clock, list(verdicts), takes
        self.looks = 0

    def __call__(self) -> Verdict:
        self.looks += 1
        self._clock.now += self._takes
        return self._verdicts[min(self.looks, len(self._verdicts)) - 1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(gate, "time", SimpleNamespace(monotonic=made.monotonic))
    return made


def test_healthy_at_once_says_nothing_and_does_not_wait(clock: Clock) -> None:
    look = Observer(clock, [HEALTHY])
    said: list[str] = []
    assert gate.wait(look, 300, said.append, clock.pause) is HEALTHY
    assert (look.looks, said, clock.pauses) == (1, [], [])


def test_reason_to_wait_is_said_when_it_changes(clock: Clock) -> None:
    look = Observer(clock, [waiting_for("503"), waiting_for("503"), waiting_for("closed"), HEALTHY])
    said: list[str] = []
    assert gate.wait(look, 300, said.append, clock.pause) is HEALTHY
    assert said == [
        "waiting for /health: 503 (0 of 300 s)",
        "waiting for /health: closed (2 of 300 s)",
    ]


def test_same_reason_is_said_again_now_and_then(clock: Clock) -> None:
    look = Observer(clock, [waiting_for("503")] * 40 + [HEALTHY])
    said: list[str] = []
    gate.wait(look, 300, said.append, clock.pause)
    assert said == [f"waiting for /health: 503 ({s} of 300 s)" for s in (0, 15, 30)]


def test_fatal_finding_ends_the_wait_at_once(clock: Clock) -> None:
    fatal = waiting_for("wrong password", fatal=True)
    look = Observer(clock, [waiting_for("503"), fatal, HEALTHY])
    assert gate.wait(look, 300, lambda _: None, clock.pause) is fatal
    assert look.looks == 2


def test_time_runs_out_with_the_last_reason(clock: Clock) -> None:
    look = Observer(clock, [waiting_for("503")])
    said: list[str] = []
    verdict = gate.wait(look, 10, said.append, clock.pause)
    assert not verdict.healthy
    assert verdict.failed.detail == "503"
    assert sum(clock.pauses) == 10
    assert said == ["waiting for /health: 503 (0 of 10 s)"]


def test_slow_looks_count_as_waiting(clock: Clock) -> None:
    look = Observer(clock, [waiting_for("hangs")], takes=6.0)
    gate.wait(look, 10, lambda _: None, clock.pause)
    assert look.looks == 2


def test_verdict_names_the_first_failure() -> None:
    verdict = waiting_for("503")
    assert not verdict.healthy
    assert verdict.failed.name == "/health"
    assert HEALTHY.healthy


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("nothing here", ["s3cret"], "nothing here"),
        ("password=s3cret, again s3cret", ["s3cret"], "password=*****, again *****"),
        ("one two", ["one", "two"], "***** *****"),
        ("an empty secret", [""], "an empty secret"),
        ("special a.b*c", ["a.b*c"], "special *****"),
        ("no secrets known", [], "no secrets known"),
    ],
)
def test_redact(text: str, secrets: list[str], shown: str) -> None:
    assert redact.redact(text, secrets) == shown


@pytest.mark.parametrize("secrets", [["Password1", "Password1-longer"]])
def test_redact_leaves_no_end_of_a_longer_secret(secrets: list[str]) -> None:
    for order in (secrets, secrets[::-1]):
        assert "longer" not in redact.redact("it is Password1-longer", order)


@pytest.mark.parametrize("fatal", [False, True])
def test_what_only_a_restart_mends_is_restarted_once(clock: Clock, fatal: bool) -> None:
    """It may show only when what it needs has started."""
    stale = waiting_for("stale", fatal=fatal, restart=True)
    look = Observer(clock, [waiting_for("starting"), stale, HEALTHY])
    said: list[str] = []
    restarted: list[Check] = []
    found = gate.wait(look, 300, said.append, clock.pause, restart=restarted.append)
    assert (found, restarted) == (HEALTHY, [stale.failed])
    assert said[-1] == "waiting for /health: stale: only a restart mends that"


def test_what_a_restart_has_not_mended_gets_no_other(clock: Clock) -> None:
    stale = waiting_for("stale", restart=True)
    restarted: list[Check] = []
    said: list[str] = []
    look = Observer(clock, [stale])
    found = gate.wait(look, 10, said.append, clock.pause, restart=restarted.append)
    assert (found, restarted) == (stale, [stale.failed])
    assert gate.wait(look, 10, said.append, clock.pause) is stale
