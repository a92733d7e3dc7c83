"""A drift report on the terminal."""

from __future__ import annotations

import sys

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kestra_provision.drift.report import Finding, HostReport, Report
from kestra_provision.drift.text import render
from tests.unit.drift_reports import DEPLOY, REPORT, drifted, reports

WHEN = REPORT.checked_at


def report(*findings: Finding, reason: str = "") -> Report:
    return Report((HostReport("vps1", findings, reason),), WHEN)


def last(shown: str) -> str:
    return shown.splitlines()[-1]


def test_clean() -> None:
    assert render(report()) == "vps1: clean\n\nNothing drifted on 1 host."


def test_drift_stands_before_notices_with_its_stage() -> None:
    notice = Finding("notice", "host", "memory", "5 % free", "90 MB", "docker stats")
    file = drifted("/opt/kestra/.env", "file 600 0:0", "file 644 0:0", "secrets")
    assert render(report(notice, file)) == (
        "vps1: drift (1 drifted, 1 notice)\n"
        "\n"
        "drift             declared      actual        repaired by\n"
        "----------------  ------------  ------------  -----------\n"
        "/opt/kestra/.env  file 600 0:0  file 644 0:0  secrets\n"
        "\n"
        "notice  declared  actual  what helps\n"
        "------  --------  ------  ------------\n"
        "memory  5 % free  90 MB   docker stats\n"
        "\n"
        "pyinfra inventory deploy.py repairs everything that drifted."
    )


def test_what_no_deploy_mends_says_what_to_do() -> None:
    shown = render(report(drifted("clock", "right", "an hour late", "preflight", "set it")))
    assert "you: set it" in shown
    assert last(shown) == (
        "1 needs you: the last column says how. Until that is done a deploy refuses vps1."
    )


def test_refused_deploy_repairs_nothing_before_a_person_did() -> None:
    shown = render(
        report(
            drifted("port 8080", "fit for a deploy", "taken", "preflight", "stop it"),
            drifted("container k", "runs as declared", "is exited", "stack"),
        )
    )
    assert last(shown) == (
        "1 needs you: the last column says how. "
        "Until that is done a deploy refuses vps1, and repairs the other 1 then."
    )


def test_last_line_names_command_rest_and_hosts() -> None:
    assert last(render(REPORT)) == (
        f"{DEPLOY} repairs 7 of the 8 that drifted. 1 needs you: the last column says how. "
        "Not checked: kestra-staging. Mend that and check again."
    )


def test_unreachable_host_says_why() -> None:
    assert render(report(reason="not reached: timed out")).startswith(
        "vps1: unknown\n  not reached: timed out\n"
    )


def test_elsewhere_than_on_a_terminal_paths_stay_whole() -> None:
    shown = render(REPORT)
    for finding in REPORT.hosts[1].findings:
        assert finding.what in shown


def test_narrow_terminal_gets_a_line_a_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    shown = render(REPORT)
    assert "/opt/kestra/.env\n  declared: file 600 0:0\n  actual: file 644 0:0\n" in shown
    assert "/opt/kestra/tools/kestra/config/\napplication.yaml\n" in shown


@settings(max_examples=50)
@given(reports, st.integers(min_value=20, max_value=200))
def test_nothing_but_the_last_line_is_wider_than_the_terminal(report: Report, width: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("COLUMNS", str(width))
        named = Report(tuple(HostReport("vps1", h.findings, h.reason) for h in report.hosts), WHEN)
        for line in render(named).splitlines()[:-1]:
            assert len(line) <= max(width, len("vps1: unknown (3 drifted, 3 notices)"))


@pytest.mark.parametrize("width", ["30", "80", "200"])
def test_no_word_is_lost(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    actual = " ".join(f"word{n}" for n in range(60))
    shown = render(report(drifted("thing", "whole", actual, "files")))
    assert [word for word in shown.split() if word.startswith("word")] == actual.split()


@given(st.text())
def test_words_of_a_host_do_not_steer_the_terminal(word: str) -> None:
    hostile = f"\x1b]0;title\x07\x1b[2J{word}\x9b31m\u202e"
    shown = render(report(drifted(f"a{hostile}", hostile, hostile, "files"), reason=hostile))
    assert all(character.isprintable() or character in "\n " for character in shown)


def test_colours_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = render(REPORT)
    assert "\x1b" not in plain
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b[31m" in render(REPORT)
    assert click.unstyle(render(REPORT)) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert render(REPORT) == plain
