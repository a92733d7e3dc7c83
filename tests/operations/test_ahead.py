"""What an operation would leave behind is what the later ones of a plan go by."""

from dataclasses import replace
from typing import Any

import pytest

from kestra_provision.docker.archive import Archive, ArchivedImage
from kestra_provision.facts.daemon import Daemon, DaemonState
from kestra_provision.facts.images import Images, ImagesSeen
from kestra_provision.facts.paths import Paths, PathsSeen, PathState
from kestra_provision.facts.unit import Unit, UnitSeen
from kestra_provision.operations import daemon, images, paths, unit
from kestra_provision.run import ahead
from kestra_provision.run.coming import Fetched
from kestra_provision.stack.files import Directory, Rendered
from tests.operations.fake_host import FakeHost, raw, yielded

TIMER, SERVICE = "kestra-watch@tools-kestra.timer", "kestra-watch@tools-kestra.service"
RUNS = UnitSeen(known=True, active=True, enabled=True)
CONFIGURED = daemon.merged({})
FRESH = DaemonState(
    CONFIGURED,
    running=True,
    stale=False,
    live_restore=True,
    log_driver="json-file",
    active=True,
    enabled=True,
)


def asked(facts: dict[type, object]) -> FakeHost:
    host = FakeHost(facts)
    host.state.is_executing = False
    return host


@pytest.mark.parametrize("name", [TIMER, SERVICE])
def test_a_unit_that_is_written_is_read_again(name: str) -> None:
    host = asked({Unit: RUNS})
    ahead.of(host.as_host).files[f"/etc/systemd/system/{name}"] = "[Unit]\n"
    commands = raw(yielded(host, unit.running, unit=TIMER, beside=[SERVICE]))
    assert commands[0] == "systemctl daemon-reload"


@pytest.mark.parametrize(
    "path", ["/etc/systemd/system/other.timer", "/opt/kestra/scripts/maintenance/watch.sh"]
)
def test_a_timer_goes_on_while_other_files_are_written(path: str) -> None:
    host = asked({Unit: RUNS})
    ahead.of(host.as_host).files[path] = "x\n"
    assert yielded(host, unit.running, unit=TIMER, beside=[SERVICE]) == []


def test_a_unit_restarts_with_what_it_reads() -> None:
    host = asked({Unit: RUNS})
    ahead.of(host.as_host).files["/etc/x.conf"] = "x\n"
    assert yielded(host, unit.running, unit="x.service", reads=["/etc/x.conf"]) != []
    assert yielded(host, unit.running, unit="x.service", reads=["/etc/y.conf"]) == []


@pytest.mark.parametrize(
    "seen",
    [
        replace(FRESH, config={k: v for k, v in CONFIGURED.items() if k != "log-opts"}),
        replace(FRESH, loose=True),
    ],
    ids=["content", "mode"],
)
def test_a_daemon_whose_file_is_written_is_restarted(seen: DaemonState) -> None:
    host = asked({Daemon: seen})
    assert yielded(host, daemon.current, systemd=True) == []
    yielded(host, daemon.configured)
    assert yielded(host, daemon.current, systemd=True) != []


def test_a_daemon_that_is_started_has_read_its_file() -> None:
    seen = replace(FRESH, config={}, running=False, active=False)
    host = asked({Daemon: seen})
    yielded(host, daemon.configured)
    (start,) = raw(yielded(host, daemon.started, systemd=True))
    assert "systemctl start docker.service" in start
    assert yielded(host, daemon.current, systemd=True) == []
    host.state.is_executing = True
    assert yielded(host, daemon.current, systemd=True) != [], "one that did not start"


@pytest.mark.parametrize("package", ["docker-ce", "docker.io"])
def test_a_daemon_that_comes_with_its_package_is_not_started_twice(package: str) -> None:
    host = asked({Daemon: replace(FRESH, running=False, active=False, enabled=False)})
    assert yielded(host, daemon.started, systemd=True) != []
    assert ahead.of(host.as_host).docker_silent, "what it has is not told"
    ahead.of(host.as_host).packages.add(package)
    assert yielded(host, daemon.started, systemd=True) == []
    assert not ahead.of(host.as_host).docker_silent, "it has nothing yet"
    assert yielded(host, daemon.started, systemd=False) != [], "nobody starts it there"


def test_directories_that_are_made_can_be_written() -> None:
    host = asked({Paths: PathsSeen({})})
    writable = [Directory(path, "750", owner) for path, owner in _owners(host).items()]
    assert raw(yielded(host, paths.writable)) == ["_say_not_writable"]
    yielded(host, paths.directories, wanted=writable)
    assert yielded(host, paths.writable) == []


def test_a_directory_that_only_looks_right_still_fails() -> None:
    """No deploy mends a mount that is read-only."""
    there = PathState("directory", "750", 1000, 1000)
    seen = PathsSeen(dict.fromkeys(_owners(asked({})), there))
    host = asked({Paths: seen})
    wanted = [Directory(path, "750", owner) for path, owner in _owners(host).items()]
    assert yielded(host, paths.directories, wanted=wanted) == []
    assert raw(yielded(host, paths.writable)) == ["_say_not_writable"]


def test_files_tell_what_is_closed_to_others() -> None:
    host = asked({Paths: PathsSeen({})})
    wanted = [Rendered("/a", "a\n", "640"), Rendered("/b", "b\n", "644")]
    yielded(host, paths.rendered, wanted=wanted)
    coming = ahead.of(host.as_host)
    assert (coming.files, coming.closed) == ({"/a": "a\n", "/b": "b\n"}, {"/a"})


def _owners(host: FakeHost) -> dict[str, str]:
    return host.run.hosts[host.name].stack.owners


REFERENCES = {"kestra": "kestra:1", "postgres": "postgres:1"}
OURS: dict[str, Any] = {"images": REFERENCES, "record": "/r", "asked": []}


def test_an_archive_tells_which_image_a_name_will_mean(tmp_path: Any) -> None:
    file = tmp_path / "a.tar"
    file.touch()
    found = {r: ArchivedImage(f"new-{s}", "amd64", f"content {s}") for s, r in REFERENCES.items()}
    seen = ImagesSeen(
        {"kestra:1": "sha256:there", "postgres:1": "sha256:same"},
        contents={"kestra:1": "content of before", "postgres:1": "content postgres"},
    )
    host = asked({Images: seen})
    yielded(host, images.loaded, archive=Archive(file, 1, 1, found), **OURS)
    assert ahead.of(host.as_host).images == {
        "kestra:1": Fetched("sha256:new-kestra", another=True),
        "postgres:1": Fetched("sha256:same"),
    }


def test_a_pull_tells_only_that_there_will_be_one() -> None:
    host = asked({Images: ImagesSeen()})
    yielded(host, images.pulled, **OURS)
    assert ahead.of(host.as_host).images == dict.fromkeys(REFERENCES.values(), Fetched())
