"""The host of a runbook: what runs on it, and what its commands answer."""

from __future__ import annotations

from types import SimpleNamespace

from kestra_provision.facts.running import Instance, Running, RunningSeen
from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from tests.operations.fake_host import Answer, FakeHost

SETTINGS = Tools()
STACK = stack_of(SETTINGS)
KESTRA = Instance(
    "1",
    "kestra/kestra:v1.3.39",
    "sha256:" + "a" * 64,
    "running",
    "2026-01-02T03:04:05.6Z",
    "healthy",
    "c",
)
SEEN = RunningSeen({"kestra": KESTRA})


def a_host(executing: bool = True, **answers: Answer) -> FakeHost:
    named = {key.replace("_", " "): answer for key, answer in answers.items()}
    host = FakeHost({Running: SEEN, Stack: StackSeen(), SettingsRecord: {}}, named)
    host.state.is_executing = executing
    host.state.inventory = SimpleNamespace(get_host=lambda name: host)
    return host
