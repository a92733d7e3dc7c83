"""How the configuration reaches the server, and what it changes."""

import json

import httpx

from tests.contract.changes import changed
from tests.contract.container import PASSWORD, USER
from tests.contract.stack import DATABASE_PASSWORD, Stack

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
    stack.wait_for_log(container, "Server Running")
    assert container.listens(9000)
    assert container.listens(9001)
    assert not container.listens(8080)


def test_endpoints_can_be_switched_off(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    for name in ("stop", "env"):
        works = changed(works, f"endpoints.{name}.enabled", False)
    server = stack.run(works).wait_until_healthy().server()
    assert httpx.post(f"{server.management_url}/stop").status_code == 401
    assert httpx.get(f"{server.management_url}/env").status_code == 401
    assert httpx.get(f"{server.management_url}/health").status_code == 200


def test_endpoint_credentials_cover_health_too(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    credentials = {"username": "probe", "password": "pr0bePass"}
    container = stack.run(changed(works, "endpoints.all.basic-auth", credentials))
    stack.wait_for_log(container, "Server Running")
    health = f"{container.url(8081)}/health"
    assert httpx.get(health).status_code == 401
    assert httpx.get(health, auth=("probe", "pr0bePass")).status_code == 200


def test_stop_is_open_unless_switched_off(stack: Stack) -> None:
    container = stack.healthy()
    assert httpx.post(f"{container.url(8081)}/stop").status_code == 200
    container.wait_for_exit()


def test_local_needs_no_database_and_no_login(stack: Stack) -> None:
    container = stack.run(None, command=["server", "local"])
    stack.wait_for_log(container, "Server Running")
    assert httpx.get(f"{container.url(8080)}/ping").text == "pong"
    assert httpx.get(f"{container.url(8080)}/api/v1/flows/search").json()["total"] == 0
    assert not container.listens(8081)
    assert DATABASE_PASSWORD not in container.logs()
