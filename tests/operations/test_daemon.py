"""Docker's daemon: its file gets ours added, and a restart comes only when it has to."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pyinfra.api.command import StringCommand

from kestra_provision.facts.daemon import Daemon, DaemonState
from kestra_provision.operations import daemon
from tests.operations.fake_host import FakeHost, call, raw, yielded

OURS: dict[str, Any] = {
    "live-restore": True,
    "log-driver": "json-file",
    "log-opts": {"max-size": "10m", "max-file": "3"},
}
CURRENT = DaemonState(OURS, running=True, stale=False, live_restore=True, log_driver="json-file")

MERGED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, OURS),
    (OURS, OURS),
    ({"dns": ["192.0.2.1"], "debug": True}, {"dns": ["192.0.2.1"], "debug": True, **OURS}),
    ({"live-restore": False}, OURS),
    (
        {"log-opts": {"max-size": "50m", "labels": "x"}},
        {**OURS, "log-opts": {"max-size": "50m", "max-file": "3", "labels": "x"}},
    ),
    ({"log-driver": "local"}, {**OURS, "log-driver": "local"}),
    ({"log-driver": "journald"}, {"log-driver": "journald", "live-restore": True}),
    (
        {"log-driver": "syslog", "log-opts": {"tag": "x"}},
        {"log-driver": "syslog", "log-opts": {"tag": "x"}, "live-restore": True},
    ),
]


@pytest.mark.parametrize(("config", "merged"), MERGED, ids=[str(c) for c, _ in MERGED])
def test_merged_keeps_what_others_set(config: dict[str, Any], merged: dict[str, Any]) -> None:
    before = json.dumps(config)
    assert daemon.merged(config) == merged
    assert daemon.merged(merged) == merged
    assert json.dumps(config) == before


@pytest.mark.parametrize(
    ("state", "unread"),
    [
        (CURRENT, False),
        (replace(CURRENT, stale=True), True),
        (replace(CURRENT, live_restore=False), True),
        (replace(CURRENT, log_driver="journald"), True),
        (replace(CURRENT, config={}, live_restore=False), False),
        (replace(CURRENT, config={}), True),
        (replace(CURRENT, config={**OURS, "log-driver": "local"}), True),
        # What a flag says is nothing that the file has to say as well.
        (replace(CURRENT, config={}, flags=frozenset({"live-restore"})), False),
        (replace(CURRENT, log_driver="journald", flags=frozenset({"log-driver"})), False),
        (replace(CURRENT, live_restore=False, swarm=True), False),
    ],
)
def test_unread(state: DaemonState, unread: bool) -> None:
    assert daemon.unread(state) is unread


@pytest.mark.parametrize(
    ("flags", "kept"),
    [
        ({"live-restore"}, {"log-driver", "log-opts"}),
        ({"log-driver"}, {"live-restore"}),
        ({"log-opt"}, {"live-restore"}),
        ({"H", "containerd"}, {"live-restore", "log-driver", "log-opts"}),
    ],
)
def test_nothing_is_written_that_is_a_flag_of_dockerd(flags: set[str], kept: set[str]) -> None:
    """It starts with no option that is both."""
    assert daemon.merged({}, flags=flags).keys() == kept


@pytest.mark.parametrize("lost", [("forwarding",), ("published ports", "net.ipv4.ip_forward")])
@pytest.mark.parametrize("systemd", [True, False])
def test_rules_that_something_flushed_are_made_again(lost: tuple[str, ...], systemd: bool) -> None:
    host = FakeHost({Daemon: replace(CURRENT, lost_rules=lost)})
    (command,) = raw(yielded(host, daemon.current, systemd=systemd))
    assert ("systemctl restart docker" if systemd else "service docker restart") in command
    assert host.logs == [f"Docker's firewall rules: gone: {' and '.join(lost)}; declared: there"]


def test_file_of_the_future_is_read_once() -> None:
    """Where the clock was set back it would be younger than each daemon that reads it."""
    host = FakeHost({Daemon: replace(CURRENT, stale=True)})
    (command,) = raw(yielded(host, daemon.current, systemd=True))
    assert command.index("touch -c /etc/docker/daemon.json") < command.index("restart docker")


@pytest.mark.parametrize("operation", [daemon.started, daemon.current])
def test_daemon_that_does_not_start_tells_why(operation: Any) -> None:
    host = FakeHost({Daemon: replace(CURRENT, running=False, enabled=True)})
    (command,) = raw(yielded(host, operation, systemd=True))
    assert "|| { { if [ -d /run/systemd/system ]; then journalctl _SYSTEMD_UNIT" in command
    assert command.endswith(">&2; exit 1; }")


def test_configured_leaves_a_right_file_alone() -> None:
    host = FakeHost({Daemon: CURRENT})
    assert yielded(host, daemon.configured) == []
    assert host.noops == ["/etc/docker/daemon.json holds log rotation and live-restore"]


@pytest.mark.parametrize("config", [{}, {"debug": True}, {**OURS, "live-restore": False}])
def test_configured_writes_the_merged_file_after_dockerd_accepts_it(config: dict[str, Any]) -> None:
    host = FakeHost({Daemon: replace(CURRENT, config=config)})
    folder, file = yielded(host, daemon.configured)
    assert raw([folder]) == ["install -d -m 755 /etc/docker"]
    assert isinstance(file, StringCommand)
    text = file.get_raw_value()
    assert text.index("dockerd --validate --config-file") < text.index("&& mv -f")
    assert "chmod 644" in text
    written = str(file.connector_arguments["_stdin"])
    assert json.loads(written) == daemon.merged(config)
    assert written.endswith("}\n")


def test_configured_does_not_overwrite_what_it_cannot_read() -> None:
    host = FakeHost({Daemon: replace(CURRENT, config=None)})
    (command,) = yielded(host, daemon.configured)
    assert call(command, host) is False
    assert host.logs == [
        "/etc/docker/daemon.json is not a JSON object; mend it on the host, then run again"
    ]


@pytest.mark.parametrize("systemd", [True, False])
def test_current_daemon_is_not_restarted(systemd: bool) -> None:
    host = FakeHost({Daemon: CURRENT})
    assert yielded(host, daemon.current, systemd=systemd) == []
    assert host.noops == ["the Docker daemon runs with its configuration"]


@pytest.mark.parametrize(
    "state",
    [
        replace(CURRENT, stale=True),
        replace(CURRENT, running=False),
        replace(CURRENT, live_restore=False),
    ],
    ids=["stale", "stopped", "other configuration"],
)
def test_daemon_is_reloaded_before_it_is_restarted(state: DaemonState) -> None:
    """The reload switches live-restore on, which lets containers outlive the restart."""
    (command,) = raw(yielded(FakeHost({Daemon: state}), daemon.current, systemd=True))
    assert command.index("systemctl reload docker") < command.index("systemctl restart docker")
    assert "systemctl restart docker || { " in command
    (command,) = raw(yielded(FakeHost({Daemon: state}), daemon.current, systemd=False))
    assert "service docker reload || true; service docker restart || { " in command


@pytest.mark.parametrize("systemd", [True, False])
def test_service_is_started_and_enabled_where_it_is_not(systemd: bool) -> None:
    both = replace(CURRENT, active=True, enabled=True)
    host = FakeHost({Daemon: both})
    assert yielded(host, daemon.started, systemd=systemd) == []
    host = FakeHost({Daemon: replace(both, active=False)})
    (start,) = raw(yielded(host, daemon.started, systemd=systemd))
    assert ("systemctl start docker.service" if systemd else "service docker start") in start
    assert host.logs == ["service docker: does not run; declared: runs"]
    host = FakeHost({Daemon: replace(both, enabled=False)})
    (enable,) = raw(yielded(host, daemon.started, systemd=systemd))
    assert "enable" in enable
