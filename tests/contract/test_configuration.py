"""How the configuration reaches the server, and what it changes."""

import base64
import json

import httpx
import pytest

from tests.contract.changes import changed
from tests.contract.container import PASSWORD, USER, Container
from tests.contract.stack import DATABASE_PASSWORD, DEFAULT, OLD, Stack

STANDALONE = ("server", "standalone")
NASTY = "pa$s#w'o\"r%d{}:x"


def test_kestra_configuration_is_written_readable_for_all(stack: Stack) -> None:
    configuration = stack.configuration(stack.new_database())
    container = stack.run(
        None, command=STANDALONE, environment={"KESTRA_CONFIGURATION": json.dumps(configuration)}
    ).wait_until_healthy()
    seen = stack.docker("exec", container.name, "stat", "-c", "%a", "/app/confs/application.yml")
    assert seen.strip() == "644"


def test_echo_changes_backslashes(stack: Stack) -> None:
    configuration = stack.configuration(stack.new_database())
    text = json.dumps(configuration) + "\n# a\\tb"
    container = stack.run(None, command=STANDALONE, environment={"KESTRA_CONFIGURATION": text})
    container.wait_until_healthy()
    written = stack.docker("exec", container.name, "tail", "-n1", "/app/confs/application.yml")
    assert written == "# a\tb\n"


def test_that_write_needs_a_writable_root_and_the_image_user(stack: Stack) -> None:
    given = {"KESTRA_CONFIGURATION": json.dumps(stack.configuration("postgres"))}
    for options in (["--read-only"], ["--user", "2000:2000"]):
        container = stack.run(None, command=STANDALONE, environment=given, options=options)
        assert container.wait_for_exit() == 1


def test_a_password_from_the_environment_comes_through_intact(stack: Stack) -> None:
    doubled = NASTY.replace("'", "''")
    stack.sql(f"create role nasty superuser login password '{doubled}'")
    works = changed(
        stack.configuration(stack.new_database()), "datasources.postgres.username", "nasty"
    )
    container = stack.run(works, environment={"DB_PASSWORD": NASTY}).wait_until_healthy()
    assert NASTY not in container.logs()


def test_placeholders_take_defaults_and_dotted_names(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    works = changed(works, "kestra.url", "${NOWHERE:`http://localhost:8080/`}")
    works = changed(works, "datasources.postgres.password", "${db.password}")
    stack.run(works).wait_until_healthy()


def test_an_empty_variable_counts_as_unset(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    container = stack.run(works, environment={"DB_PASSWORD": ""})
    stack.wait_for_log(container, "Could not resolve placeholder")
    assert container.state()[0] == "running"


def test_the_hardened_arrangement_works(stack: Stack) -> None:
    options = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    options += ["--tmpfs", "/tmp:mode=1777", "--tmpfs", "/app/storage:uid=1000,gid=1000,mode=0750"]
    options += ["--memory", "128m", "--pids-limit", "200", "-e", "JAVA_OPTS=-Xmx64m"]
    server = stack.healthy(options=options).server()
    assert httpx.get(f"{server.url}/api/v1/configs", auth=(USER, PASSWORD)).status_code == 200


def test_ports_of_the_configuration(stack: Stack) -> None:
    works = changed(stack.configuration(stack.new_database()), "micronaut.server.port", 9000)
    works = changed(works, "endpoints.all.port", 9001)
    container = stack.run(works)
    stack.wait_for_port(container, 9000)
    stack.wait_for_port(container, 9001)
    assert not container.listens(8080)


@pytest.mark.parametrize(("version", "status"), [(OLD, 401), (DEFAULT, 404)])
def test_endpoints_can_be_switched_off(version: str, status: int, stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    for name in ("stop", "env"):
        works = changed(works, f"endpoints.{name}.enabled", False)
    server = stack.run(works, version=version).wait_until_healthy().server()
    assert httpx.post(f"{server.management_url}/stop").status_code == status
    assert httpx.get(f"{server.management_url}/env").status_code == status
    assert httpx.get(f"{server.management_url}/health").status_code == 200


def test_endpoint_credentials_cover_health_too(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    credentials = {"username": "probe", "password": "pr0bePass"}
    container = stack.run(changed(works, "endpoints.all.basic-auth", credentials))
    stack.wait_for_port(container, 8081)
    health = f"{container.url(8081)}/health"
    assert httpx.get(health).status_code == 401
    assert httpx.get(health, auth=("probe", "pr0bePass")).status_code == 200


def test_stop_is_open_and_no_failure(stack: Stack) -> None:
    """A restart policy for failures does not bring such a server back."""
    container = stack.healthy(options=["--restart", "on-failure"])
    answer = httpx.post(f"{container.url(8081)}/stop")
    assert answer.json() == {"message": "Server shutdown started"}
    assert container.wait_for_exit() == 0
    assert container.restarts() == 0


def test_a_secret_that_is_no_base64_is_missed_by_its_flow_only(stack: Stack) -> None:
    container = stack.healthy(environment={"SECRET_TOKEN": "not base64!"})
    assert "Could not decode secret 'SECRET_TOKEN'" in container.logs()
    assert "not base64!" not in container.logs()


def test_umlauts_in_a_password(stack: Stack) -> None:
    """In the file they are what they are, in the environment what the locale makes of them."""
    password = "Zürich-Adm1n"
    works = stack.configuration(stack.new_database())
    inside = changed(works, "kestra.server.basic-auth.password", password)
    outside = changed(
        stack.configuration(stack.new_database()), "kestra.server.basic-auth.password", "${APP_PW}"
    )
    for configuration, locale, status in (
        (inside, "", 200),
        (outside, "en_US.UTF-8", 200),
        (outside, "", 401),
    ):
        environment = {"APP_PW": password, "LANG": locale, "LC_ALL": locale}
        container = stack.run(configuration, environment=environment).wait_until_healthy()
        seen = [_search(container, password, encoding) for encoding in ("utf-8", "latin-1")]
        assert seen == [status, 401]
        stack.docker("stop", container.name)


def _search(container: Container, password: str, encoding: str) -> int:
    token = base64.b64encode(f"{USER}:{password}".encode(encoding)).decode()
    headers = {"Authorization": f"Basic {token}"}
    url = f"{container.url(8080)}/api/v1/main/flows/search"
    return httpx.get(url, headers=headers).status_code


def test_local_needs_no_database_and_no_login(stack: Stack) -> None:
    container = stack.run(None, version=OLD, command=["server", "local"])
    stack.wait_for_port(container, 8080)
    assert httpx.get(f"{container.url(8080)}/ping").text == "pong"
    assert httpx.get(f"{container.url(8080)}/api/v1/flows/search").json()["total"] == 0
    assert not container.listens(8081)
    assert DATABASE_PASSWORD not in container.logs()
