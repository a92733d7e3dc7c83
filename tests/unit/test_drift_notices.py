"""What is worth knowing: thresholds, restarts, volumes that nobody uses."""

from dataclasses import replace

import pytest

from kestra_provision.drift.notices import of_host, of_stack
from kestra_provision.facts.condition import HostCondition
from kestra_provision.facts.container import Container
from kestra_provision.facts.stack import StackSeen
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools

WELL = HostCondition({"/": 90}, {"/": 90}, memory_mb=8000, available_mb=400)


def test_a_host_in_good_condition_is_nothing_to_say() -> None:
    assert list(of_host(WELL)) == []


@pytest.mark.parametrize(
    ("seen", "what", "actual"),
    [
        (replace(WELL, disks={"/": 50, "/data": 91}), "disk /data", "91 %"),
        (replace(WELL, inodes={"/": 100}), "inodes /", "100 %"),
        (replace(WELL, available_mb=399), "memory", "399 MiB of 8000 MiB are available"),
        (replace(WELL, reboot="kernel 2 is installed, 1 runs"), "reboot", "kernel 2 is installed"),
    ],
)
def test_threshold(seen: HostCondition, what: str, actual: str) -> None:
    (notice,) = of_host(seen)
    assert notice.severity == "notice"
    assert notice.what == what
    assert notice.actual.startswith(actual)
    assert notice.fix


def test_restarts_and_a_volume_of_no_service() -> None:
    quiet = Container("tools-kestra-postgres", "postgres", "sha256:p", "running")
    restless = Container("tools-kestra", "kestra", "sha256:k", "running", restarts=4)
    seen = StackSeen(
        {c.name: c for c in (quiet, restless)}, volumes=("tools-kestra_postgres-data", "old")
    )
    restarts, volume = of_stack(stack_of(Tools()), seen)
    assert (restarts.what, volume.what) == ("container tools-kestra", "volume old")
    assert "4 times" in restarts.actual
