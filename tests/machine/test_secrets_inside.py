"""Stage secrets: each container runs with its own ones as `.env` has them, and with no other's."""

from testinfra.host import Host

from tests.machine import secret_names
from tests.machine.container import environment, variable
from tests.machine.names import own
from tests.machine.stack import Stack


def test_runs_with_all_of_its_own(host: Host, stack: Stack, env: str, service: str) -> None:
    values = f"{environment(stack.container(service).name)} | sed 's/^[^=]*=//'"
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


def test_workflows_of_n8n_can_read_none(host: Host, stack: Stack) -> None:
    blocked = variable(host, stack.container("n8n"), "N8N_BLOCK_ENV_ACCESS_IN_NODE")
    assert blocked == "true"
