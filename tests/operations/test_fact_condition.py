"""Room, memory and a reboot that is due, as the host prints them."""

import subprocess

import pytest

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
            "8388608",
            "524288",
            "@@reboot",
            "@@running",
            "6.1.0-29-amd64",
            "@@kernels",
            "6.1.0-29-amd64",
            "6.1.0-30-amd64",
        ]
    )
    assert seen == HostCondition(
        disks={"/": 91, "/var/lib/docker": 12},
        inodes={"/": 3},
        memory_mb=8192,
        available_mb=512,
        reboot="kernel 6.1.0-30-amd64 is installed, 6.1.0-29-amd64 runs",
    )


@pytest.mark.parametrize(
    ("running", "installed", "newer"),
    [
        ("6.1.0-30-amd64", ["6.1.0-29-amd64", "6.1.0-30-amd64"], None),
        ("6.1.0-30-amd64", ["6.1.0-30-amd64", "6.1.0-30-cloud-amd64"], None),
        ("6.1.0-30-cloud-amd64", ["6.1.0-31-amd64", "6.1.0-30-cloud-amd64"], None),
        (
            "6.12.38+deb13-cloud-amd64",
            ["6.12.38+deb13-cloud-amd64", "6.12.41+deb13-amd64", "6.12.41+deb13-cloud-amd64"],
            "6.12.41+deb13-cloud-amd64",
        ),
        ("6.1.0-0.deb11.21-amd64", ["6.1.0-0.deb11.21-amd64", "6.1.0-30-amd64"], "6.1.0-30-amd64"),
        ("6.8.0-45-generic", ["6.8.0-45-generic", "6.8.0-1015-aws"], None),
        ("6.8.0-45-generic", ["6.8.0-45-generic", "6.8.0-47-generic"], "6.8.0-47-generic"),
        ("6.6.9-of-the-provider", ["6.1.0-30-amd64"], None),
        ("", ["6.1.0-30-amd64"], None),
        ("6.1.0-30-amd64", [], None),
    ],
)
def test_a_newer_kernel_of_the_flavour_that_runs(
    running: str, installed: list[str], newer: str | None
) -> None:
    seen = Condition().process(["@@running", running, "@@kernels", *installed])
    assert seen.reboot == (f"kernel {newer} is installed, {running} runs" if newer else "")


def test_condition_of_a_host_that_says_nothing() -> None:
    assert Condition().process(["@@disks", "@@memory"]) == HostCondition()


def test_condition_asked_of_this_machine() -> None:
    """The script itself: every host has a root, and memory."""
    command = Condition().command("/")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    seen = Condition().process(done.stdout.splitlines())
    assert 0 <= seen.disks["/"] <= 100
    assert 0 < seen.available_mb <= seen.memory_mb
