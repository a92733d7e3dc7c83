"""Which hosts a command is for: HOST by its exact name, --limit by pyinfra's rules."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from pyinfra_cli.cli import _get_inventory_pattern_matches
from pyinfra_cli.inventory import make_inventory

from kestra_provision.cli import main
from kestra_provision.run import hosts
from kestra_provision.run.patches import READING, install

pytestmark = pytest.mark.usefixtures("alone")
OF_HOSTS = (
    "config",
    "deploy",
    "doctor",
    "metrics",
    "plan",
    "restart",
    "start",
    "status",
    "stop",
    "version",
)
OF_ONE_HOST = ("audit", "credentials", "lock", "logs", "open", "unlock")


@pytest.fixture
def twins(alone: None, tmp_path: Path) -> Path:
    """A file named as one of its hosts makes a group of that name; group_data makes empty ones."""
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "vps1.py").write_text("hosts = ['vps1', 'vps2']\n")
    (tmp_path / "inventory" / "web.py").write_text("hosts = ['web-1', '@local']\n")
    (tmp_path / "group_data").mkdir()
    (tmp_path / "group_data" / "vps2.py").write_text("")
    return tmp_path


def invoke(*line: str) -> Result:
    return CliRunner().invoke(main, line)


def handed_over(monkeypatch: pytest.MonkeyPatch, *line: str) -> list[str]:
    """The hosts that pyinfra makes of the command line it is given, by its own functions."""
    became: list[str] = []
    monkeypatch.setattr(os, "execv", lambda _program, given: became.extend(given))
    done = invoke("restart", *line)
    assert done.exit_code == 0, done.output
    limits = [b for a, b in pairwise(became) if a == "--limit"]
    install(READING)
    hosts = make_inventory("inventory", cwd=str(Path.cwd()))
    return sorted(h.name for h in _get_inventory_pattern_matches(hosts, limits, "--limit"))


@pytest.mark.parametrize("name", ["vps1", "vps2", "web-1", "@local"])
def test_host_is_that_host_alone(twins: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert handed_over(monkeypatch, name) == [name]
    shown = invoke("config", name)
    assert [n for n in ("vps1", "vps2", "web-1", "@local") if f"{n}\n\n" in shown.output] == [name]


@pytest.mark.parametrize(
    ("limit", "hosts"),
    [
        ("vps1", ["vps1", "vps2"]),
        ("vps2", ["vps2"]),
        ("web", ["@local", "web-1"]),
        ("w*", ["web-1"]),
    ],
)
def test_limit_is_a_group_or_a_pattern(
    twins: Path, limit: str, hosts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert handed_over(monkeypatch, "--limit", limit) == hosts


def test_without_either_it_is_all_of_them(twins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert handed_over(monkeypatch) == []
    assert invoke("config").output.count("http_port") >= 4


@pytest.mark.parametrize("command", OF_HOSTS)
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["vps9"], "no host vps9 in inventory; it has: vps1, vps2, web-1, @local"),
        (["web"], "no host web in inventory; web is a group: --limit web"),
        (["group_data"], "it is a file or folder: --inventory group_data"),
        (
            ["--limit", "vps1", "--limit", "wbe"],
            "--limit 'wbe' names no host or group of inventory",
        ),
        (["--limit", ""], "--limit '' names no host or group"),
        (["--inventory", "other"], "no file or folder other to read hosts from"),
        (["--inventory", ""], "no inventory ''"),
    ],
)
def test_what_names_no_host_is_refused(
    twins: Path, command: str, line: list[str], said: str
) -> None:
    more = ["--out", "out"] if command == "metrics" else []
    done = invoke(command, *line, *more)
    assert done.exit_code == 1
    assert said in done.output


@pytest.mark.parametrize("command", OF_HOSTS)
def test_host_and_limit_say_the_same(command: str) -> None:
    more = ["--out", "out"] if command == "metrics" else []
    done = invoke(command, "a", "--limit", "b", *more)
    assert done.exit_code == 1
    assert "HOST and --limit say the same; give one of them" in done.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["vps9"], "no host vps9 in inventory; it has: vps1, vps2, web-1, @local"),
        (["web"], "no host web in inventory; web is a group: --limit web"),
        (["inventory", "--limit", "wbe"], "--limit 'wbe' names no host or group of inventory"),
        (["inventory/web.py", "--limit", "vps1"], "--limit 'vps1' names no host or group of inv"),
        (["vps1", "--inventory", "other"], "no file or folder other to read hosts from"),
        (["vps1", "--limit", "vps2"], "HOST and --limit say the same; give one of them"),
        ([""], "no inventory ''"),
    ],
)
def test_drift_takes_an_inventory_in_the_place_of_a_host(
    twins: Path, line: list[str], said: str
) -> None:
    done = invoke("drift", *line)
    assert done.exit_code == 1
    assert said in done.output


def test_a_runbook_is_as_verbose_as_it_was_told(
    twins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    became: list[str] = []
    monkeypatch.setattr(os, "execv", lambda _program, given: became.extend(given))
    assert invoke("restart", "vps1", "-vv", "-y").exit_code == 0
    assert became.count("-v") == 2
    became.clear()
    assert invoke("restart", "vps1").exit_code == 0
    assert "-v" not in became


@pytest.mark.parametrize("command", ["drift", "config", "restart"])
def test_mistake_in_the_inventory_is_one_line(
    twins: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("pyinfra was called"))
    (twins / "inventory" / "broken.py").write_text("hosts = [\n")
    done = invoke(command)
    assert done.exit_code == 1
    assert done.output == "Error: inventory/broken.py, line 1: '[' was never closed\n"


def test_one_option_in_all_commands() -> None:
    """No command may have a --limit, --inventory or --json of its own words."""
    for name in ("limit", "inventory"):
        options = {
            (option.metavar, option.help)
            for command in main.commands.values()
            for option in command.params
            if option.name == name and option.param_type_name == "option"
        }
        assert len(options) == 1, options


@pytest.mark.parametrize("command", OF_ONE_HOST)
def test_host_may_be_left_out_where_there_is_one(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[str] = []

    def found(inventory: str, name: str) -> None:
        chosen.append(name)
        raise click.ClickException("enough")

    monkeypatch.setattr(hosts, "connected", found)
    monkeypatch.setattr(hosts, "judged", found)
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "all.py").write_text("hosts = ['vps1']\n")
    more = {"lock": ["--reason", "disk"], "credentials": ["--force"]}.get(command, [])
    done = invoke(command, *more)
    assert (chosen, done.output) == (["vps1"], "Error: enough\n")


@pytest.mark.parametrize("command", OF_ONE_HOST)
def test_host_is_asked_for_where_there_are_more(twins: Path, command: str) -> None:
    more = ["--reason", "disk"] if command == "lock" else []
    done = invoke(command, *more)
    assert done.exit_code == 1
    assert "name a HOST; inventory has: vps1, vps2, web-1, @local" in done.output
