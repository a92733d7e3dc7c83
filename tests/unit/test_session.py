"""Before the first connection: hosts, layers and settings of the whole run."""

from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.config import Config
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State

from kestra_provision.docker import archive
from kestra_provision.profiles import SETTINGS
from kestra_provision.profiles.tools import Tools
from kestra_provision.run import beginning, session, state
from kestra_provision.settings import SettingsError, passwords
from kestra_provision.settings.environment import names_in_env


@pytest.fixture(autouse=True)
def _fresh_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A session without a memory of others, checking what `tmp_path` and the inventory say."""
    for name in (*names_in_env(SETTINGS.values()), *passwords.GIVEN):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def inventory(hosts: dict[str, dict[str, Any]], **more: Any) -> Inventory:
    return Inventory((list(hosts.items()), {}), **more)


def start(hosts: Inventory, limit: list[Host] | None = None) -> State:
    state = State()
    beginning.init(Path.cwd(), (), State.init, state, hosts, Config(), limit)
    return state


def test_settings_of_every_host_are_there_before_connecting() -> None:
    hosts = inventory({"a": {"http_port": 1}, "b": {}})
    start(hosts)
    ports = {host.name: state.settings_of(host).http_port for host in hosts}
    assert ports == {"a": 1, "b": 8080}


def test_problems_of_all_hosts_come_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        start(inventory({"a": {"http_port": 0}, "good": {}, "b": {"htp_port": 1}}))
    assert sorted(error.value.problems) == ["a", "b"]
    (problem,) = error.value.problems["a"]
    assert problem.where == "inventory, host a"


def test_hosts_outside_the_limit_are_not_judged() -> None:
    hosts = inventory({"a": {"http_port": 0}, "b": {}})
    start(hosts, limit=[hosts.get_host("b")])
    assert state.settings_of(hosts.get_host("b")).http_port == 8080


def test_limit_without_a_host_ends_the_run() -> None:
    with pytest.raises(PyinfraError, match=r"leaves no host; the inventory has: a, b"):
        start(inventory({"a": {}, "b": {}}), limit=[])


def test_inventory_without_a_host_ends_the_run() -> None:
    with pytest.raises(PyinfraError, match="names no host"):
        start(inventory({}))


def test_layers_win_in_the_documented_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("KESTRA_DB_NAME=file\nKESTRA_DB_USER=file\n")
    monkeypatch.setenv("KESTRA_DB_USER", "environment")
    hosts = Inventory(
        (
            [("h", {"min_cpus": 6})],
            {"network": "all-py", "db_name": "all_py", "container_name": "all-py"},
        ),
        override_data={"min_disk_gb": 7},
        tools=([], {"container_name": "profile", "db_user": "profile", "project_name": "profile"}),
        web=(["h"], {"project_name": "group", "min_cpus": 5, "min_disk_gb": 5}),
    )
    start(hosts)
    settings = state.settings_of(hosts.get_host("h"))
    assert isinstance(settings, Tools)
    assert settings.network == "all-py"
    assert settings.container_name == "profile"
    assert settings.db_name == "file"
    assert settings.db_user == "environment"
    assert settings.project_name == "group"
    assert settings.min_cpus == 6
    assert settings.min_disk_gb == 7


def test_order_of_layers_is_named() -> None:
    hosts = inventory({"h": {}}, web=(["h"], {}))
    start(hosts)
    layers = session.layers_of(hosts.get_host("h"), [("environment", {})])
    assert [name for name, _ in layers] == [
        "group_data/all.py",
        "group_data/tools.py",
        "environment",
        "group web",
        "inventory, host h",
        "--data",
    ]


def test_secrets_of_the_operator_are_kept_beside(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KESTRA_DB_PASSWORD=long-enough-1\n")
    hosts = inventory({"h": {}})
    start(hosts)
    assert session.given_secrets(hosts.get_host("h")) == {"KESTRA_DB_PASSWORD": "long-enough-1"}


def test_bad_archive_is_refused_before_connecting(tmp_path: Path) -> None:
    missing = str(tmp_path / "images.tar")
    hosts = inventory({"h": {"image_source": "archive", "image_archive": missing}})
    with pytest.raises(SettingsError) as error:
        start(hosts)
    (problem,) = error.value.problems["h"]
    assert "is not there" in problem.what
    assert problem.where == "the laptop"


def test_archive_that_the_host_downloads_is_not_looked_for() -> None:
    data = {
        "image_source": "archive",
        "image_archive": "https://example.com/images.tar",
        "image_archive_sha256": "0" * 64,
    }
    hosts = inventory({"h": data})
    start(hosts)
    assert archive.archive_of(state.settings_of(hosts.get_host("h"))) is None
