"""Bad configuration: what ends the server, and what leaves it running with no port open."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.changes import changed
from tests.contract.container import PASSWORD, Container
from tests.contract.stack import CONFIG, DATABASE_PASSWORD, Stack

URL = "datasources.postgres.url"
Change = Callable[[dict[str, Any]], dict[str, Any] | str | None]

ENDS: dict[str, Change] = {
    "wrong database password": lambda c: changed(c, "datasources.postgres.password", "wr0ng-Pw"),
    "unknown database host": lambda c: changed(c, URL, "jdbc:postgresql://nowhere:5432/kestra"),
    "refused connection": lambda c: changed(c, URL, "jdbc:postgresql://postgres:1/kestra"),
    "missing database": lambda c: changed(c, URL, "jdbc:postgresql://postgres:5432/none"),
    "no queue type": lambda c: changed(c, "kestra.queue"),
    "no repository type": lambda c: changed(c, "kestra.repository"),
    "bad YAML": lambda _: "kestra: [unclosed\nsecret: s3cretInFile",
    "missing file": lambda _: None,
}

HANGS: dict[str, Change] = {
    "user name is no e-mail": lambda c: changed(c, "kestra.server.basic-auth.username", "admin"),
    "no password": lambda c: changed(c, "kestra.server.basic-auth.password"),
    "empty password": lambda c: changed(c, "kestra.server.basic-auth.password", ""),
    "no storage type": lambda c: changed(c, "kestra.storage"),
    "unresolvable placeholder": lambda c: changed(c, "kestra.url", "${NOWHERE_SET}"),
}


@pytest.fixture(scope="module")
def broken(stack: Stack) -> dict[str, Container]:
    """Start every broken server at once: waiting for them one by one would take long."""
    works = stack.configuration(stack.new_database())
    return {name: stack.run(change(works)) for name, change in {**ENDS, **HANGS}.items()}


@pytest.mark.parametrize("name", ENDS)
def test_ends_with_1(name: str, broken: dict[str, Container]) -> None:
    assert broken[name].wait_for_exit() == 1
    logs = broken[name].logs()
    assert "Startup failed" in logs
    assert not {"wr0ng-Pw", "s3cretInFile", DATABASE_PASSWORD, PASSWORD} & set(logs.split())


@pytest.mark.parametrize("name", HANGS)
def test_hangs_with_no_port_open(name: str, broken: dict[str, Container], stack: Stack) -> None:
    container = broken[name]
    stack.wait_for_log(container, "Error starting bean context")
    assert container.state()[0] == "running"
    assert not container.listens(8080)
    assert not container.listens(8081)


def test_stop_ends_a_hanging_server_at_once(stack: Stack) -> None:
    container = stack.run(changed(stack.configuration("postgres"), "kestra.url", "${NOWHERE}"))
    stack.wait_for_log(container, "Error starting bean context")
    assert container.stop(grace=120) > 0
    assert container.state() == ("exited", 143)


def test_unreadable_file_ends_with_1(stack: Stack) -> None:
    options = ["--tmpfs", "/etc/kestra:mode=0700,uid=0"]
    container = stack.run(None, options=options)
    assert container.wait_for_exit() == 1
    assert f"Unable to read {CONFIG}" in container.logs()


def test_unknown_subcommand_ends_with_1(stack: Stack) -> None:
    assert stack.run(None, command=["server", "sideways"]).wait_for_exit() == 1


def test_unknown_option_ends_with_1(stack: Stack) -> None:
    command = ["server", "standalone", "--no-such-option"]
    assert stack.run(None, command=command).wait_for_exit() == 1


def test_the_default_command_is_help(stack: Stack) -> None:
    container = stack.run(None, command=[])
    assert container.wait_for_exit() == 0
    assert "stand-in" in container.logs()


def test_a_secret_that_is_no_base64_ends_with_1(stack: Stack) -> None:
    configuration = stack.configuration(stack.new_database())
    container = stack.run(configuration, environment={"SECRET_TOKEN": "not base64!"})
    assert container.wait_for_exit() == 1
    assert "SECRET_TOKEN" in container.logs()
    assert "not base64!" not in container.logs()
