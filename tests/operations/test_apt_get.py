"""Another apt at work is waited for by name; every other failure shows at once, with its reason."""

from __future__ import annotations

import time

import pytest

from kestra_provision.operations import apt_get
from tests.operations.fake_host import Answer, FakeHost, call

#: As apt 3.0 and dpkg 1.22 print it.
LISTS = """\
E: Could not get lock /var/lib/apt/lists/lock. It is held by process 161 (apt-get)
E: Unable to lock directory /var/lib/apt/lists/
"""
FRONTEND = """\
dpkg: error: dpkg frontend lock was locked by /usr/bin/python3.13 process with pid 189
Note: removing the lock file is always wrong, can damage the locked area
and the entire system. See <https://wiki.debian.org/Teams/Dpkg/FAQ#db-lock>.
"""
#: And dpkg 1.20.
OLD_FRONTEND = "dpkg: error: dpkg frontend lock is locked by another process\n"
ARCHIVES = """\
E: Could not get lock /var/cache/apt/archives/lock. It is held by process 175 (unattended-upgr)
E: Unable to lock directory /var/cache/apt/archives/
"""
POSTINST = """\
dpkg: error processing package blocked (--configure):
 installed blocked package post-installation script subprocess returned error exit status 1
Errors were encountered while processing:
 blocked
"""
READ_ONLY = """\
E: Could not open lock file /var/lib/dpkg/lock-frontend - open (30: Read-only file system)
E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?
"""


class Busy(FakeHost):
    """A host whose commands fail with these words, one after the other, and then succeed."""

    def __init__(self, *complaints: str) -> None:
        super().__init__()
        self.complaints = list(complaints)

    def run_shell_command(self, command, **arguments):  # type: ignore[no-untyped-def]
        answer: Answer = (True, "", "")
        if self.complaints:
            answer = (False, "", self.complaints.pop(0))
        self.answers = {"": answer}
        return super().run_shell_command(command, **arguments)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that went by; waiting costs none here."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


@pytest.mark.parametrize(
    ("complaint", "said"),
    [
        (LISTS, "Could not get lock /var/lib/apt/lists/lock. It is held by process 161 (apt-get)"),
        (FRONTEND, "dpkg frontend lock was locked by /usr/bin/python3.13 process with pid 189"),
        (OLD_FRONTEND, "dpkg frontend lock is locked by another process"),
        (ARCHIVES, "It is held by process 175 (unattended-upgr)"),
    ],
    ids=["lists", "dpkg", "older dpkg", "downloads"],
)
def test_a_lock_is_waited_for_and_its_holder_named_once(complaint: str, said: str) -> None:
    host = Busy(complaint, complaint, complaint)
    assert apt_get.run(host.as_host, "apt-get -qq update", "failed") is True
    assert len(host.ran) == 4
    (line,) = host.logs
    assert line.startswith("waiting up to 5 minutes: ")
    assert line.endswith(said)


def test_the_next_holder_is_named_too() -> None:
    host = Busy(LISTS, LISTS.replace("161", "162"))
    assert apt_get.run(host.as_host, "apt-get -qq update", "failed") is True
    assert [line.rpartition("process ")[2] for line in host.logs] == [
        "161 (apt-get)",
        "162 (apt-get)",
    ]


def test_patience_ends(clock: list[float]) -> None:
    host = Busy(*[LISTS] * 1000)
    assert apt_get.run(host.as_host, "apt-get -qq update", "failed") is False
    assert 300 <= clock[0] < 310
    assert host.logs[-1].startswith("gave up after 5 minutes: Could not get lock ")


@pytest.mark.parametrize("complaint", [POSTINST, READ_ONLY, ""], ids=["postinst", "disk", "mute"])
def test_another_failure_is_not_tried_again_and_says_why(
    complaint: str, clock: list[float]
) -> None:
    host = Busy(complaint)
    assert apt_get.run(host.as_host, "dpkg --configure -a", "cannot be finished") is False
    assert clock[0] == 0
    assert host.logs == ["cannot be finished:", *(f"    {line}" for line in complaint.splitlines())]


def test_a_broken_package_of_somebody_else_stops_before_the_lists() -> None:
    host = Busy(POSTINST)
    assert call(apt_get.refreshed(), host) is False
    assert len(host.ran) == 1
    assert host.logs[0].endswith("cannot be finished (dpkg --configure -a):")
    assert host.logs[-1] == "     blocked"


def test_a_hint_comes_beside_the_reason() -> None:
    answers = {
        "install": (False, "", "E: Version '9' for 'docker-ce' was not found\n"),
        "madison": (True, " docker-ce | 5:28.2.2 |\n", ""),
    }
    host = FakeHost(answers=answers)
    command = apt_get.installing(["docker-ce=9"], "--no-remove", hint="apt-cache madison docker-ce")
    assert call(command, host) is False
    assert "    E: Version '9' for 'docker-ce' was not found" in host.logs
    assert host.logs[-2:] == ["apt-cache madison docker-ce:", "    docker-ce | 5:28.2.2 |"]


def test_apt_speaks_english_to_us() -> None:
    """Its words decide whether it is tried again."""
    host = FakeHost()
    assert call(apt_get.refreshed(), host) is True
    assert all(c.get_raw_value().startswith("export LC_ALL=C; ") for c, _ in host.ran)
