"""n8n beside Kestra: it answers, and its key is where nobody else looks."""

import pytest
from testinfra.host import Host

from tests.machine import secret_names
from tests.machine.container import Container, variable
from tests.machine.probe import ask
from tests.machine.stack import Stack

DATA = "tools/n8n/data"


@pytest.fixture
def n8n(stack: Stack) -> Container:
    return stack.container("n8n")


def test_is_ready(host: Host, stack: Stack, n8n: Container) -> None:
    assert ask(host, *stack.at("N8N_PORT"), "/healthz/readiness").status == 200


def test_its_data_is_in_a_folder_of_the_host(stack: Stack, n8n: Container) -> None:
    sources = {m["Destination"]: m["Source"] for m in n8n.mounts}
    assert sources == {"/home/node/.n8n": f"{stack.root}/{DATA}"}


def test_only_its_user_reads_its_config(host: Host, stack: Stack, n8n: Container) -> None:
    file = host.file(f"{stack.root}/{DATA}/config")
    assert file.is_file
    assert (f"{file.mode:o}", file.uid, file.gid) == ("600", *stack.user("n8n"))


def test_its_key_is_the_one_of_env(host: Host, stack: Stack, env: str, n8n: Container) -> None:
    # Another key cannot read the credentials in its database.
    found = secret_names.occurring(host, env, f"cat {stack.root}/{DATA}/config")
    assert found == {"N8N_ENCRYPTION_KEY"}


def test_ends_what_runs_before_it_is_killed(host: Host, n8n: Container) -> None:
    seconds = int(variable(host, n8n, "N8N_GRACEFUL_SHUTDOWN_TIMEOUT"))
    assert 0 < seconds < n8n.stop_timeout
