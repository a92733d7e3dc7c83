"""`kestra-provision secrets`: what is refused before anything is written, and the list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kestra_provision.cli import main
from kestra_provision.status.flow_secrets import HostSecrets, SecretState, render

VALUE = "Canary-of-a-test-1"
pytestmark = pytest.mark.usefixtures("alone")


def secrets(*arguments: str, data: dict[str, Any] | None = None, value: str = VALUE) -> Result:
    """Runs the command for one host that nobody reaches."""
    file = Path.cwd() / "servers.py"
    nobody = {"ssh_hostname": "127.0.0.1", "ssh_port": 1}
    file.write_text(f"hosts = {[('a', {**nobody, **(data or {})})]!r}\n")
    words = ["secrets", *arguments, "--inventory", str(file)]
    return CliRunner().invoke(main, words, input=value)


@pytest.mark.parametrize(
    ("name", "data", "value", "why"),
    [
        ("A", {"flow_secrets": {"A": ["pass", "show", "a"]}}, VALUE, "flow_secrets has a command"),
        ("IN_ENVIRONMENT", {}, VALUE, "is in the environment, which wins"),
        ("lower", {}, VALUE, "capitals"),
        ("A-B", {}, VALUE, "capitals"),
        ("A", {}, "", "has no value"),
        ("A", {}, f"{VALUE}\nmore", "a command may have it"),
        ("A", {}, f"{VALUE}'s", "a command may have it"),
    ],
)
def test_what_cannot_be_set_changes_nothing(
    name: str, data: dict[str, Any], value: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_IN_ENVIRONMENT", "x")
    done = secrets("set", name, "--yes", data=data, value=value)
    assert done.exit_code == 1
    assert why in done.output
    assert VALUE not in done.output
    assert not (Path.cwd() / ".env").exists()


def test_a_value_on_stdin_needs_a_yes() -> None:
    done = secrets("set", "A")
    assert done.exit_code == 1
    assert "--yes" in done.output
    assert not (Path.cwd() / ".env").exists()


@pytest.mark.parametrize("name", ["A", "SECRET_A"])
def test_it_is_written_for_its_owner_and_deployed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, seen = Path.cwd() / ".env", list[tuple[str, bool]]()

    def deploy(*_: Any, yes: bool, **__: Any) -> int:
        seen.append((file.read_text(), yes))
        return 0

    monkeypatch.setattr("kestra_provision.plan.run.deploy", deploy)
    done = secrets("set", name, "--yes", value=f"{VALUE}\n")
    assert (done.exit_code, done.output) == (0, "")
    assert seen == [(f"SECRET_A={VALUE}\n", True)]
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_table_says_who_asks() -> None:
    states = (
        SecretState("A", ".env", "as given", ("flows/a.b/x.yaml:3", "flows/a.b/y.yaml:9")),
        SecretState("B", "pass …", "missing"),
    )
    text = render([HostSecrets("vps1", states), HostSecrets("vps2", reason="down")])
    assert "flows/a.b/x.yaml:3 and 1 more" in text
    assert "no flow of the repository" in text
    assert "vps2: down" in text
    assert [HostSecrets("h", states[:1]).exit_code, HostSecrets("h", states).exit_code] == [0, 2]
    assert HostSecrets("h", states[:1], problems=("x",)).exit_code == 2
    assert render([HostSecrets("h")]).startswith("no secrets of flows")
