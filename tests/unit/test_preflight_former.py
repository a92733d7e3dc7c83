"""Another stack that has been here is told before the first change, with what stays behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kestra_provision.preflight.former import judge_former
from kestra_provision.preflight.judge import earlier_run
from kestra_provision.profiles import PROFILES, stack_of
from kestra_provision.profiles.others import every_profile, likeliest
from kestra_provision.profiles.quick import Quick
from tests.unit.former_stacks import FINE, REFUSED, TOOLS_THERE


@pytest.mark.parametrize("name", REFUSED)
def test_another_stack_is_refused_with_what_stays_behind(name: str) -> None:
    case = REFUSED[name]
    (problem,) = judge_former(stack_of(case.settings), case.survey)
    assert problem.where == case.where
    for text in case.what:
        assert text in problem.what
    for text in case.fix:
        assert text in problem.fix


def test_its_env_is_no_unfinished_run_of_ours() -> None:
    survey = replace(TOOLS_THERE, docker="28", volumes=frozenset())
    assert earlier_run(stack_of(Quick()), survey) is None


def test_nothing_is_put_aside_that_keeps_our_name_or_place() -> None:
    for name in ("one name for both, tools first", "one name for both, in another directory"):
        settings, survey, *_ = REFUSED[name]
        (problem,) = judge_former(stack_of(settings), survey)
        assert "aside" not in problem.fix


@pytest.mark.parametrize("name", FINE)
def test_what_is_its_own_or_elsewhere_is_not(name: str) -> None:
    settings, survey = FINE[name]
    assert list(judge_former(stack_of(settings), survey)) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_is_told_by_its_own_marks(profile: str) -> None:
    """A new profile that looks like another one needs a mark of its own."""
    profiles = every_profile("p", "/opt/kestra")
    marks = profiles[profile]
    assert likeliest(profiles, marks.every) == profile
    assert likeliest(profiles, marks.names) == profile


def test_nothing_tells_nothing() -> None:
    assert likeliest(every_profile("p", "/opt/kestra"), ["KESTRA_SOMETHING"]) == ""
