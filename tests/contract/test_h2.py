"""Kestra with a database of its own: a file that outlives the container, as 1.3.34 treats it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.changes import changed
from tests.contract.container import PASSWORD, USER, Container
from tests.contract.stack import Stack

ONE = "v1.3.39"
FLOW = (
    "id: once\nnamespace: a.b\ntasks:\n  - {id: t, type: io.kestra.plugin.core.log.Log, message: x}"
)
YAML = {"Content-Type": "application/x-yaml"}
URL = "jdbc:h2:file:/app/database/kestra;TIME ZONE=UTC;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=30000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the host that the image's user may write."""
    path = tmp_path / "database"
    path.mkdir()
    os.chown(path, 1000, 1000)
    return path


@pytest.fixture
def works(stack: Stack) -> dict[str, Any]:
    """A configuration with a file instead of PostgreSQL."""
    h2 = {"url": URL, "driver-class-name": "org.h2.Driver", "username": "sa", "password": ""}
    configuration = changed(stack.configuration("none"), "datasources", {"h2": h2})
    for part in ("queue", "repository"):
        configuration = changed(configuration, f"kestra.{part}.type", "h2")
    return configuration


@pytest.fixture
def run(stack: Stack, folder: Path) -> Callable[[dict[str, Any]], Container]:
    """Starts a server on that folder."""
    options = ["-v", f"{folder}:/app/database"]
    return lambda configuration: stack.run(configuration, version=ONE, options=options)


def _client(container: Container) -> httpx.Client:
    base = f"{container.url(8080)}/api/v1/main"
    return httpx.Client(base_url=base, auth=(USER, PASSWORD), timeout=30)


def _hangs(stack: Stack, container: Container, why: str) -> None:
    stack.wait_for_log(container, why)
    assert container.state()[0] == "running"
    assert not container.listens(8080)
    assert not container.listens(8081)


def test_flows_and_executions_outlive_the_container(
    run: Callable[[dict[str, Any]], Container], works: dict[str, Any], stack: Stack, folder: Path
) -> None:
    container = run(works).wait_until_healthy()
    database = httpx.get(f"{container.url(8081)}/health").json()["details"]["jdbc"]["details"]
    assert [*database] == ["jdbc:h2:file:/app/database/kestra"]
    assert database.popitem()[1]["details"]["database"] == "H2"
    assert (folder / "kestra.mv.db").stat().st_uid == 1000
    with _client(container) as client:
        assert client.post("/flows", content=FLOW, headers=YAML).status_code == 200
        ended = client.post("/executions/a.b/once", params={"wait": "true"}).json()
        assert ended["state"]["current"] == "SUCCESS"
    stack.docker("rm", "--force", container.name)
    with _client(run(works).wait_until_healthy()) as client:
        assert client.get("/flows/a.b/once").json()["revision"] == 1
        found = client.get(f"/executions/{ended['id']}").json()
        assert found["state"]["current"] == "SUCCESS"


def test_one_server_has_the_file(
    run: Callable[[dict[str, Any]], Container], works: dict[str, Any]
) -> None:
    first = run(works).wait_until_healthy()
    second = run(works)
    assert second.wait_for_exit() == 1
    assert 'Database may be already in use: "/app/database/kestra.mv.db"' in second.logs()
    assert first.state()[0] == "running"


def test_a_folder_that_it_cannot_write_ends_it(
    run: Callable[[dict[str, Any]], Container], works: dict[str, Any], folder: Path
) -> None:
    os.chown(folder, 0, 0)
    container = run(works)
    assert container.wait_for_exit() == 1
    assert 'IO Exception: "/app/database/kestra.mv.db"' in container.logs()


def test_a_file_that_is_none_of_its_own_ends_it(
    run: Callable[[dict[str, Any]], Container], works: dict[str, Any], folder: Path
) -> None:
    file = folder / "kestra.mv.db"
    file.write_bytes(b"no database" * 1000)
    os.chown(file, 1000, 1000)
    container = run(works)
    assert container.wait_for_exit() == 1
    assert 'File corrupted while reading record: "/app/database' in container.logs()


def test_a_file_that_it_can_only_read_hangs_it(
    run: Callable[[dict[str, Any]], Container], works: dict[str, Any], stack: Stack, folder: Path
) -> None:
    stack.docker("rm", "--force", run(works).wait_until_healthy().name)
    for file in folder.iterdir():
        os.chown(file, 0, 0)
    _hangs(stack, run(works), "The database is read only")


def test_a_deleted_file_is_missed_by_the_next_server_only(
    run: Callable[[dict[str, Any]], Container], works: dict[str, Any], stack: Stack, folder: Path
) -> None:
    container = run(works).wait_until_healthy()
    with _client(container) as client:
        client.post("/flows", content=FLOW, headers=YAML)
        (folder / "kestra.mv.db").unlink()
        assert client.get("/flows/a.b/once").status_code == 200
        assert client.post("/executions/a.b/once", params={"wait": "true"}).status_code == 200
        assert httpx.get(f"{container.url(8081)}/health").json()["status"] == "UP"
    stack.docker("restart", container.name)
    with _client(container.wait_until_healthy()) as client:
        assert client.get("/flows/a.b/once").status_code == 404


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("kestra.repository", None),
        ("kestra.queue", None),
        ("kestra.repository.type", "mysterious"),
        ("kestra.repository.type", "postgres"),
    ],
)
def test_types_that_do_not_fit_hang_it(
    path: str,
    value: str | None,
    run: Callable[[dict[str, Any]], Container],
    works: dict[str, Any],
    stack: Stack,
) -> None:
    broken = changed(works, path, value) if value else changed(works, path)
    _hangs(stack, run(broken), "Error starting bean context")


def test_without_a_datasource_nothing_is_kept(
    run: Callable[[dict[str, Any]], Container], works: dict[str, Any], folder: Path
) -> None:
    run(changed(works, "datasources")).wait_until_healthy()
    assert [*folder.iterdir()] == []
