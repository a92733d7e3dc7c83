"""What flows get at: variables, secrets, the server's own environment; and what webhooks keep."""

import base64

import pytest

from tests.contract.api import CORE, LOG, YAML, Api
from tests.contract.stack import DATABASE_PASSWORD, OLD, Stack

PROCESS = f"taskRunner: {{type: {CORE}.runner.Process}}"
SHELL = "io.kestra.plugin.scripts.shell"
PYTHON = "io.kestra.plugin.scripts.python"
SECRET = "t0ken-Value"
ENVIRONMENT = {
    "SECRET_TOKEN": base64.b64encode(SECRET.encode()).decode(),
    "ENV_COLOUR": "blue",
    "KESTRA_COLOUR": "red",
}
NAMESPACE = "tasks.test"


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    """Return a client of a server with secrets and variables."""
    return Api(stack.healthy(environment=ENVIRONMENT))


def test_a_process_inherits_the_servers_environment(api: Api) -> None:
    """Whatever secret is given to the container as a variable is in the execution's log."""
    tasks = f"  - {{id: env, type: {SHELL}.Commands, {PROCESS}, commands: [env]}}\n"
    ended = api.run(NAMESPACE, "env", tasks)
    assert ended.state == "SUCCESS"
    assert f"DB_PASSWORD={DATABASE_PASSWORD}" in api.messages(ended.answer["id"])


def test_a_process_reads_the_environment_of_the_first_one(api: Api) -> None:
    command = "xargs -0 -n1 echo < /proc/1/environ"
    tasks = f'  - {{id: read, type: {SHELL}.Commands, {PROCESS}, commands: ["{command}"]}}\n'
    ended = api.run(NAMESPACE, "read", tasks)
    assert ended.state == "SUCCESS"
    assert f"DB_PASSWORD={DATABASE_PASSWORD}" in api.messages(ended.answer["id"])


@pytest.mark.parametrize(
    ("kind", "line", "state"),
    [
        (f"{SHELL}.Commands", 'commands: ["echo one", "echo $((1 + 1))"]', "SUCCESS"),
        (f"{SHELL}.Script", 'script: "echo one; echo $((1 + 1))"', "SUCCESS"),
        (f"{PYTHON}.Script", "script: \"print('one'); print(1 + 1)\"", "SUCCESS"),
        (f"{SHELL}.Commands", 'commands: ["echo one", "echo 2; exit 3"]', "FAILED"),
    ],
)
def test_scripts_run_and_their_exit_code_counts(kind: str, line: str, state: str, api: Api) -> None:
    name = f"script{abs(hash((kind, line)))}"
    ended = api.run(NAMESPACE, name, f"  - {{id: run, type: {kind}, {PROCESS}, {line}}}\n")
    assert ended.state == state
    assert api.messages(ended.answer["id"])[:2] == ["one", "2"]


def test_a_script_without_a_runner_wants_docker(api: Api) -> None:
    tasks = f"  - {{id: run, type: {SHELL}.Commands, commands: [env]}}\n"
    assert api.run(NAMESPACE, "docker", tasks).state == "FAILED"


def test_secrets_are_masked_in_logs_and_not_in_outputs(api: Api) -> None:
    shown = "{{ secret('TOKEN') }}"
    tasks = (
        f'  - {{id: out, type: {CORE}.debug.Return, format: "{shown}"}}\n'
        f'  - {{id: log, type: {CORE}.log.Log, message: "got {shown}"}}\n'
    )
    ended = api.run(NAMESPACE, "secret", tasks)
    assert ended.state == "SUCCESS"
    assert ended.task("out")["outputs"] == {"value": SECRET}
    assert "got ******" in api.messages(ended.answer["id"])
    listed = api.client.get(f"/namespaces/{NAMESPACE}/secrets").json()
    assert listed == {"readOnly": True, "results": [{"key": "TOKEN"}], "total": 1}


def test_a_missing_secret_fails_its_flow(api: Api) -> None:
    tasks = f"  - {{id: log, type: {CORE}.log.Log, message: \"{{{{ secret('NONE') }}}}\"}}\n"
    ended = api.run(NAMESPACE, "none", tasks)
    assert ended.state == "FAILED"
    assert any("Cannot find secret for key 'NONE'" in m for m in api.messages(ended.answer["id"]))


def test_envs_are_those_with_the_prefix(api: Api, stack: Stack) -> None:
    tasks = f'  - {{id: out, type: {CORE}.debug.Return, format: "{{{{ envs.colour }}}}"}}\n'
    assert api.run(NAMESPACE, "envs", tasks).task("out")["outputs"] == {"value": "blue"}
    old = Api(stack.healthy(OLD, environment=ENVIRONMENT), "/api/v1")
    assert old.run(NAMESPACE, "envs", tasks).task("out")["outputs"] == {"value": "red"}


def test_a_webhook_keeps_every_header_it_was_sent(api: Api) -> None:
    trigger = f"triggers:\n  - {{id: hook, type: {CORE}.trigger.Webhook, key: k-1}}\n"
    api.create(NAMESPACE, "hook", LOG, trigger)
    path = f"/executions/webhook/{NAMESPACE}/hook/k-1"
    answer = api.client.post(path, json={"a": 1}).json()
    sent = answer["trigger"]["variables"]["headers"]
    assert [value for name, value in sent.items() if name.lower() == "authorization"]
    kept = api.wait_for_end(answer["id"]).answer["trigger"]["variables"]
    assert kept == answer["trigger"]["variables"]


def test_a_namespace_is_switched_off_and_on_in_its_sources(api: Api) -> None:
    for name in ("one", "two"):
        api.create("switch.test", name)
    flows, found = api.client, []
    for change in ("disable", "enable"):
        query = f"/flows/{change}/by-query?namespace=switch.test"
        assert flows.post(query).json() == {"count": 2}
        found.append(flows.get("/flows/switch.test/one?source=true").json())
        status = flows.post("/executions/switch.test/one").status_code
        assert status == (409 if change == "disable" else 200)
    assert [flow["revision"] for flow in found] == [2, 3]
    assert found[0]["source"].rstrip().endswith("disabled: true")
    assert found[1]["source"].rstrip().endswith("disabled: false")


def test_a_namespace_call_stores_what_comes_before_its_fault(api: Api) -> None:
    good = f"id: good\nnamespace: half.test\ntasks:\n{LOG}"
    bad = good.replace("good", "bad").replace("log.Log", "log.Nope")
    sent = api.client.post(
        "/flows/half.test?delete=false", content=f"{good}---\n{bad}", headers=YAML
    )
    assert sent.status_code == 422
    assert [flow["id"] for flow in api.client.get("/flows/half.test").json()] == ["good"]


def test_a_default_empties_a_variable_for_tasks_of_its_type(stack: Stack) -> None:
    """Of the server's variables; what a task says itself wins, and other types keep all."""
    configuration = stack.configuration(stack.new_database())
    default = {"type": f"{SHELL}.", "values": {"env": {"SECRET_TOKEN": "", "OTHER": "default"}}}
    configuration["kestra"]["plugins"] = {"defaults": [default]}
    container = stack.run(configuration, environment=ENVIRONMENT).wait_until_healthy()
    api = Api(container)
    own = "env: {OTHER: mine}"
    tasks = (
        f"  - {{id: env, type: {SHELL}.Commands, {PROCESS}, {own}, commands: [env]}}\n"
        f"  - {{id: out, type: {CORE}.debug.Return, format: \"{{{{ secret('TOKEN') }}}}\"}}\n"
    )
    ended = api.run(NAMESPACE, "default", tasks)
    assert ended.state == "SUCCESS"
    assert ended.task("out")["outputs"] == {"value": SECRET}
    lines = api.messages(ended.answer["id"])
    assert "SECRET_TOKEN=" in lines
    assert "OTHER=mine" in lines
    assert "ENV_COLOUR=blue" in lines
