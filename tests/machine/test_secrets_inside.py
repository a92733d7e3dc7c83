"""Stage secrets: each container runs with its own ones as `.env` has them, and with no other's.

Kestra has them in a file: whatever a task starts inherits the environment.
"""

import shlex

from testinfra.host import Host

from tests.machine import secret_names
from tests.machine.container import configured, environ, environment, variable
from tests.machine.names import own
from tests.machine.stack import Stack

VALUES = "sed 's/^[^=]*=//'"


def test_runs_with_all_of_its_own(host: Host, stack: Stack, env: str, service: str) -> None:
    name = stack.container(service).name
    values = configured(name) if service == "kestra" else f"{environment(name)} | {VALUES}"
    running = secret_names.occurring(host, env, values, whole_line=True)
    missing = own(stack, service) - running
    assert not missing, "restarted without, or with another value than .env"


def test_was_given_no_other(host: Host, stack: Stack, env: str, service: str) -> None:
    given = secret_names.occurring(host, env, environment(stack.container(service).name))
    assert not given - own(stack, service)


def test_flows_of_kestra_can_read_none(host: Host, stack: Stack) -> None:
    # Below 0.23 flows read the variables that start with KESTRA_; the image's own are no secrets.
    only_names = "sed -n 's/^\\(KESTRA_[^=]*\\)=.*/\\1/p'"
    container = host.run(f"{environment(stack.kestra.name)} | {only_names}").stdout.split()
    image = host.run(f"{environment(stack.kestra.image)} | {only_names}").stdout.split()
    assert not set(container) - set(image)


def test_no_process_of_kestra_has_one_in_its_environment(
    host: Host, stack: Stack, env: str
) -> None:
    seen = environ(stack.kestra.name)
    # Without this, a search that reads nothing would pass.
    assert host.check_output(f"{seen} | grep -c ^JAVA_OPTS=") >= "1"
    assert not secret_names.occurring(host, env, seen)


def test_what_kestra_was_made_with_tells_none(host: Host, stack: Stack, env: str) -> None:
    made = f"docker inspect {shlex.quote(stack.kestra.name)}"
    assert host.check_output(f"{made} | grep -c JAVA_OPTS=") >= "1"
    assert not secret_names.occurring(host, env, made)


def test_kestra_itself_has_those_of_flows(host: Host, stack: Stack) -> None:
    """All of them, in the variables of its own process: the file was not changed behind it."""
    file = f"{stack.root}/config/flow-secrets.env"
    values = f"{environ(stack.kestra.name)} | {VALUES}"
    running = secret_names.occurring(host, file, values, whole_line=True)
    # Shorter ones are not searched for.
    assert running == secret_names.occurring(host, file, f"cat {shlex.quote(file)}")


def test_those_of_flows_are_in_what_nobody_else_has(host: Host, stack: Stack, service: str) -> None:
    file, name = f"{stack.root}/config/flow-secrets.env", stack.container(service).name
    assert not secret_names.occurring(host, file, f"docker inspect {shlex.quote(name)}")
    assert not secret_names.occurring(host, file, "cat /proc/[0-9]*/cmdline")
    first = f"docker exec {shlex.quote(name)} cat /proc/1/environ"
    seen = environ(name) if service != "kestra" else first
    assert not secret_names.occurring(host, file, seen)


def test_file_with_those_of_kestra_is_for_root_and_its_group(host: Host, stack: Stack) -> None:
    inside = "docker exec %s stat -c '%%a %%u %%g' /etc/kestra/application.yaml"
    seen = host.check_output(inside, stack.kestra.name).split()
    assert seen == ["640", "0", str(stack.user("kestra")[1])]


def test_workflows_of_n8n_can_read_none(host: Host, stack: Stack) -> None:
    blocked = variable(host, stack.container("n8n"), "N8N_BLOCK_ENV_ACCESS_IN_NODE")
    assert blocked == "true"
