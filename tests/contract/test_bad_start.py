"""Bad configuration: what ends the server, and what leaves it running with no port open."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.changes import changed
from tests.contract.container import PASSWORD, Container
from tests.contract.stack import CONFIG, DATABASE_PASSWORD, DEFAULT, OLD, Stack

URL = "datasources.postgres.url"
BASIC = "kestra.server.basic-auth"
UNREADABLE = ["--tmpfs", "/etc/kestra:mode=0700,uid=0"]
Change = Callable[[dict[str, Any]], dict[str, Any] | str | None]

#: What ends 0.20, and why in its words; 1.3 stays, with neither port open.
LOST: dict[str, tuple[Change, str]] = {
    "wrong database password": (
        lambda c: changed(c, "datasources.postgres.password", "wr0ng-Pw"),
        "password authentication failed",
    ),
    "unknown database host": (
        lambda c: changed(c, URL, "jdbc:postgresql://nowhere:5432/kestra"),
        "UnknownHostException",
    ),
    "refused connection": (
        lambda c: changed(c, URL, "jdbc:postgresql://postgres:1/kestra"),
        "efused",
    ),
    "missing database": (
        lambda c: changed(c, URL, "jdbc:postgresql://postgres:5432/none"),
        'database "none" does not exist',
    ),
    "no queue type": (
        lambda c: changed(c, "kestra.queue"),
        "Incomplete server configuration - missing required properties",
    ),
    "no repository type": (
        lambda c: changed(c, "kestra.repository"),
        "Incomplete server configuration - missing required properties",
    ),
}
#: What leaves either with neither port open.
DEAF: dict[str, tuple[Change, str]] = {
    "no storage type": (
        lambda c: changed(c, "kestra.storage"),
        "Incomplete server configuration - missing required properties",
    ),
    "unresolvable placeholder": (
        lambda c: changed(c, "kestra.url", "${NOWHERE_SET}"),
        "Could not resolve placeholder ${NOWHERE_SET}",
    ),
}
#: What leaves 0.20 so, and not 1.3.
OLD_DEAF: dict[str, tuple[Change, str]] = {
    "user name is no e-mail": (lambda c: changed(c, f"{BASIC}.username", "admin"), ""),
    "no password": (lambda c: changed(c, f"{BASIC}.password"), ""),
    "empty password": (lambda c: changed(c, f"{BASIC}.password", ""), ""),
}
MISSING_FILE: dict[str, tuple[Change, str]] = {"missing file": (lambda _: None, "")}
BAD_YAML: dict[str, tuple[Change, str]] = {
    "bad YAML": (lambda _: "kestra: [unclosed\nsecret: s3cretInFile", "")
}

OLD_ENDS = {**LOST, **BAD_YAML, **MISSING_FILE}
OLD_HANGS = {**DEAF, **OLD_DEAF}
HANGS = {
    **LOST,
    **DEAF,
    "missing file": (
        MISSING_FILE["missing file"][0],
        "Incomplete server configuration - missing required properties",
    ),
}


@pytest.fixture(scope="module")
def broken(stack: Stack) -> dict[tuple[str, str], Container]:
    """Start every broken server at once: waiting for them one by one would take long."""
    works = stack.configuration(stack.new_database())
    wanted = [(OLD, {**OLD_ENDS, **OLD_HANGS}), (DEFAULT, {**HANGS, **BAD_YAML})]
    return {
        (version, name): stack.run(change(works), version=version)
        for version, changes in wanted
        for name, (change, _) in changes.items()
    }


Broken = dict[tuple[str, str], Container]


@pytest.mark.parametrize(
    ("version", "name"), [*((OLD, name) for name in OLD_ENDS), *((DEFAULT, n) for n in BAD_YAML)]
)
def test_ends_with_1(version: str, name: str, broken: Broken) -> None:
    container = broken[version, name]
    assert container.wait_for_exit() == 1
    _keeps_its_secrets(container)


@pytest.mark.parametrize(
    ("version", "name", "why"),
    [
        *((OLD, name, why) for name, (_, why) in OLD_HANGS.items()),
        *((DEFAULT, name, why) for name, (_, why) in HANGS.items()),
    ],
)
def test_hangs_with_no_port_open(
    version: str, name: str, why: str, broken: Broken, stack: Stack
) -> None:
    container = broken[version, name]
    stack.wait_for_log(container, why or "Error starting bean context")
    _is_deaf(container)
    _keeps_its_secrets(container)


def test_stop_ends_a_hanging_server_at_once(broken: Broken, stack: Stack) -> None:
    container = broken[DEFAULT, "no queue type"]
    stack.wait_for_log(container, "Incomplete server configuration")
    assert container.stop(grace=120) > 0
    assert container.state() == ("exited", 143)


def test_a_restart_policy_never_meets_a_server_that_hangs(stack: Stack) -> None:
    configuration = changed(stack.configuration("postgres"), URL, "jdbc:postgresql://x:1/kestra")
    container = stack.run(configuration, options=["--restart", "unless-stopped"])
    stack.wait_for_log(container, "Error starting bean context")
    assert container.restarts() == 0
    _is_deaf(container)


def test_an_unreadable_file_ends_0_20_and_is_nothing_to_1_3(stack: Stack) -> None:
    old = stack.run(None, version=OLD, options=UNREADABLE)
    new = stack.run(None, options=UNREADABLE)
    assert old.wait_for_exit() == 1
    assert f"Unable to read {CONFIG}" in old.logs()
    stack.wait_for_log(new, "Incomplete server configuration - missing required properties")
    _is_deaf(new)


@pytest.mark.parametrize(
    "command",
    [["sideways"], ["server", "sideways"], ["server", "standalone", "--no-such-option"]],
)
@pytest.mark.parametrize(("version", "code"), [(OLD, 1), (DEFAULT, 2)])
def test_a_command_line_that_is_none(
    command: list[str], version: str, code: int, stack: Stack
) -> None:
    assert stack.run(None, version=version, command=command).wait_for_exit() == code


@pytest.mark.parametrize("version", [OLD, DEFAULT])
def test_the_default_command_is_help(version: str, stack: Stack) -> None:
    container = stack.run(None, version=version, command=[])
    assert container.wait_for_exit() == 0
    assert "Usage: kestra" in container.logs()


def test_a_secret_that_is_no_base64_ends_0_20(stack: Stack) -> None:
    configuration = stack.configuration(stack.new_database())
    environment = {"SECRET_TOKEN": "not base64!"}
    container = stack.run(configuration, version=OLD, environment=environment)
    assert container.wait_for_exit() == 1
    assert "SECRET_TOKEN" in container.logs()
    assert "not base64!" not in container.logs()


def _is_deaf(container: Container) -> None:
    assert container.state()[0] == "running"
    assert not container.listens(8080)
    assert not container.listens(8081)


def _keeps_its_secrets(container: Container) -> None:
    words = set(container.logs().split())
    assert not {"wr0ng-Pw", "s3cretInFile", DATABASE_PASSWORD, PASSWORD} & words
