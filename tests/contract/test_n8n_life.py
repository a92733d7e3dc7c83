"""n8n's own data, from its first start to its last: user, key, rows, files and stop."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.contract.n8n_recording import (
    CREDENTIAL,
    OWNER,
    SECRET,
    WORKFLOW,
    Conversation,
)
from tests.contract.n8n_stack import KEY, PASSWORD, PORT, N8n, N8nStack
from tests.contract.recording import Call
from tests.contract.stack import Stack
from tests.vps.engine import docker
from tests.vps.images import n8n_image

EXPORT = "n8n export:credentials --all --decrypted"
TABLES = {"migrations", "settings", "workflow_entity", "credentials_entity", "execution_entity"}


@pytest.fixture(scope="module")
def n8n(stack: Stack) -> Iterator[N8nStack]:
    started = N8nStack(stack, os.environ.get("N8N_REPLAY_IMAGE") or n8n_image())
    yield started
    started.remove()


def _post(conversation: Conversation, path: str, body: Mapping[str, object], auth: str) -> None:
    text, kind = json.dumps(body), "application/json"
    call = Call(0, path, "POST", path, auth=auth, request_content_type=kind, request_body=text)
    answer = conversation.send(call)
    assert answer.status == 200, answer.body


def _filled(server: N8n) -> N8n:
    """Set an owner up and leave a workflow and a credential there."""
    conversation = Conversation(server)
    _post(conversation, "/rest/owner/setup", OWNER, "none")
    _post(conversation, "/rest/workflows", WORKFLOW, "good")
    _post(conversation, "/rest/credentials", CREDENTIAL, "good")
    return server


@pytest.fixture(scope="module")
def running(n8n: N8nStack) -> N8n:
    return n8n.ready()


def test_user_and_folders_are_the_official_images(running: N8n) -> None:
    assert running.shell("id -u; id -un; pwd; echo $HOME")[1].split() == [
        "1000",
        "node",
        "/home/node",
        "/home/node",
    ]
    form = "{{.Config.User}} {{.Config.WorkingDir}} {{json .Config.Entrypoint}}"
    inspected = docker("inspect", "--format", form, running.name).stdout.strip()
    assert inspected == 'node /home/node ["tini","--","/docker-entrypoint.sh"]'


def test_wget_is_there_for_a_health_check(running: N8n) -> None:
    code, said = running.shell(f"wget -q -O - http://127.0.0.1:{PORT}/healthz/readiness")
    assert (code, said) == (0, '{"status":"ok"}')


def test_the_key_is_kept_in_the_data_folder(running: N8n) -> None:
    code, text = running.shell("cat /home/node/.n8n/config && stat -c %a /home/node/.n8n/config")
    kept, _, mode = text.rpartition("}")
    assert (code, json.loads(f"{kept}}}"), mode.strip()) == (0, {"encryptionKey": KEY}, "600")


def test_by_default_everybody_may_read_the_key(n8n: N8nStack) -> None:
    name = n8n.database()
    container = n8n.run(
        {"DB_POSTGRESDB_DATABASE": name}, without=["N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS"]
    )
    container.wait_for("/rest/settings", 200)
    assert container.shell("stat -c %a /home/node/.n8n/config")[1].strip() == "644"
    assert "are too wide" in container.logs()


def test_the_tables_are_there_and_belong_to_the_role(n8n: N8nStack) -> None:
    name = n8n.database()
    n8n.ready({"DB_POSTGRESDB_DATABASE": name})
    statement = "select tablename from pg_tables where tableowner = 'n8n'"
    command = ["psql", "-U", "kestra", "-At", "-d", name, "-c", statement]
    found = docker("exec", n8n.stack.database, *command).stdout.split()
    assert TABLES | {"user"} <= set(found)


def test_rows_and_secrets_outlive_the_container(n8n: N8nStack) -> None:
    environment = {"DB_POSTGRESDB_DATABASE": n8n.database()}
    first = _filled(n8n.ready(environment))
    assert first.stop(grace=30) > 20
    assert first.state() == ("exited", 0)
    assert "Stopping n8n..." in first.logs()
    second = n8n.ready(environment)
    code, said = second.shell(f"{EXPORT} 2>/dev/null")
    assert (code, json.loads(said)[0]["data"]) == (0, CREDENTIAL["data"])
    code, said = second.shell("n8n export:workflow --all 2>/dev/null")
    assert (code, json.loads(said)[0]["name"]) == (0, WORKFLOW["name"])


def test_without_the_key_the_secret_is_lost(n8n: N8nStack) -> None:
    environment = {"DB_POSTGRESDB_DATABASE": n8n.database()}
    _filled(n8n.ready(environment)).stop(grace=30)
    other = n8n.ready(environment | {"N8N_ENCRYPTION_KEY": "another-Key-9876543210"})
    code, said = other.shell(EXPORT)
    assert code == 1
    assert "Credentials could not be decrypted" in said
    assert SECRET not in said


def test_secrets_come_from_files_as_well(n8n: N8nStack, tmp_path: Path) -> None:
    for name, value in (("password", f"{PASSWORD}\n"), ("key", KEY)):
        (tmp_path / name).write_text(value)
        (tmp_path / name).chmod(0o644)
    tmp_path.chmod(0o755)
    container = n8n.run(
        {
            "DB_POSTGRESDB_DATABASE": n8n.database(),
            "DB_POSTGRESDB_PASSWORD_FILE": "/run/secrets/password",
            "N8N_ENCRYPTION_KEY_FILE": "/run/secrets/key",
        },
        ["-v", f"{tmp_path}:/run/secrets:ro"],
        without=["DB_POSTGRESDB_PASSWORD", "N8N_ENCRYPTION_KEY"],
    )
    container.wait_for("/rest/settings", 200)
    assert KEY in container.shell("cat /home/node/.n8n/config")[1]
    assert "the value was trimmed" in container.logs()


def test_port_and_address_are_settings(n8n: N8nStack) -> None:
    name = {"DB_POSTGRESDB_DATABASE": n8n.database()}
    container = n8n.run(name | {"N8N_PORT": "5680", "N8N_LISTEN_ADDRESS": "127.0.0.1"})
    asked = "wget -q -O - http://127.0.0.1:5680/healthz"
    for _ in range(600):
        if container.shell(asked)[0] == 0:
            break
        time.sleep(0.1)
    assert container.shell(asked) == (0, '{"status":"ok"}')
    assert not container.listens(5680)


def test_a_busy_stand_in_is_given_its_time_and_no_more(stack: Stack) -> None:
    """A real one is busy while a workflow runs; this asks the stand-in, whoever is replayed."""
    own = N8nStack(stack, n8n_image())
    try:
        limit = {"STANDIN_STOP_SECONDS": "60", "N8N_GRACEFUL_SHUTDOWN_TIMEOUT": "2"}
        container = own.ready(limit | {"DB_POSTGRESDB_DATABASE": own.database()})
        assert 10 < container.stop(grace=30) < 28.5
        assert container.state() == ("exited", 1)
        assert "Shutdown timed out after 2 seconds" in container.logs()
    finally:
        own.remove()


def test_killed_before_its_first_word_it_ends_with_143(n8n: N8nStack) -> None:
    volume = n8n.volume()
    options = ["-v", f"{volume}:/home/node/.n8n"]
    docker("kill", n8n.ready(None, options).name)
    container = n8n.run({"STANDIN_CRASH_SECONDS": "60"}, options)
    n8n.stack.wait_for_log(container, "Last session crashed")
    assert container.stop(grace=30) > 20
    assert container.state() == ("exited", 143)
