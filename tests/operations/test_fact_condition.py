"""Room, memory and a reboot that is due, as the host prints them."""

import subprocess

from kestra_provision.facts.condition import Condition, HostCondition


def test_condition() -> None:
    seen = Condition().process(
        [
            "@@disks",
            "/ 91%",
            "/var/lib/docker 12%",
            "@@inodes",
            "/ 3%",
            "/sys -",
            "@@memory",
            "8000000",
            "500000",
            "@@reboot",
            "@@kernel",
            "kernel 6.1.2 is installed, 6.1.1 runs",
        ]
    )
    assert seen == HostCondition(
        disks={"/": 91, "/var/lib/docker": 12},
        inodes={"/": 3},
        memory_mb=8192,
        available_mb=512,
        reboot="kernel 6.1.2 is installed, 6.1.1 runs",
    )


def test_condition_of_a_host_that_says_nothing() -> None:
    assert Condition().process(["@@disks", "@@memory"]) == HostCondition()


def test_condition_asked_of_this_machine() -> None:
    """The script itself: every host has a root, and memory."""
    command = Condition().command("/")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    seen = Condition().process(done.stdout.splitlines())
    assert 0 <= seen.disks["/"] <= 100
    assert 0 < seen.available_mb <= seen.memory_mb
