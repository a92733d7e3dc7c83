"""A Kestra of another image that is asked before an upgrade: what it gets, and what is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml
from click.testing import CliRunner

from kestra_provision.cli import main
from kestra_provision.commands import trial as commands
from kestra_provision.flows.source import Names
from kestra_provision.flows.tree import Flow, Tree
from kestra_provision.kestra import trial
from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.flows import Flows
from kestra_provision.profiles.tools import Tools, tools
from kestra_provision.stack.files import Mounted
from kestra_provision.sync.item import Item

JAR = Mounted("/opt/a.jar", "/app/plugins/a.jar")
SECRETS = {"KESTRA_BASICAUTH_PASSWORD": "Fake-passw0rd", "KESTRA_ENCRYPTION_SECRET_KEY": "a2V5"}


def test_it_has_the_declared_configuration_and_a_database_of_its_own() -> None:
    own = {"kestra": {"variables": {"globals": {"colour": "blue"}}}}
    settings = Tools(kestra_config=own, kestra_json_logs=True)
    text = trial._configuration(settings, tools(settings), SECRETS)
    told = yaml.safe_load(text)
    assert told["datasources"].keys() == {"h2"}
    assert "/tmp/trial;" in told["datasources"]["h2"]["url"]
    assert {told["kestra"][part]["type"] for part in ("queue", "repository")} == {"h2"}
    assert told["kestra"]["variables"]["globals"] == {"colour": "blue"}
    assert told["kestra"]["server"]["basic-auth"]["password"] == "Fake-passw0rd"
    assert "config" not in told["logger"], "that file is not mounted"


def test_pools_of_a_database_that_it_has_not_are_left_out() -> None:
    """Kestra would make one of each, without an address."""
    own = {"datasources": {"postgres": {"maximum-pool-size": 20}}, "datasources.postgres.a": 1}
    settings = Tools(kestra_config={**own, "mine": {"a": 1}})
    told = yaml.safe_load(trial._configuration(settings, tools(settings), SECRETS))
    assert told["datasources"].keys() == {"h2"}
    assert "datasources.postgres.a" not in told
    assert told["mine"] == {"a": 1}


def test_what_it_gets_arrives_byte_for_byte_and_not_in_a_command_line() -> None:
    """With a docker that says how it was called, and what it got."""
    docker = 'docker() { printf "%s\\n" "$@" > /dev/stderr; cat; }\n'
    started = str(commands.start("k-trial-1", "k", "kestra/kestra:v1.3.40", "net", [JAR]))
    long = f"kestra:\n  x: 'ü \"' # {'y' * 200_000}\n"
    inner = subprocess.run(
        ["bash", "-c", f'sh() {{ eval "$2"; }}\n{docker}{started}'],
        input=long,
        capture_output=True,
        text=True,
        check=True,
    )
    assert inner.stdout == long
    told = inner.stderr.split("\n")
    assert {"127.0.0.1::8080", "--read-only", "kestra-provision.trial=k"} <= {*told}
    assert "type=bind,source=/opt/a.jar,target=/app/plugins/a.jar,readonly" in told
    assert "kestra:\n" not in inner.stderr


def test_it_begins_with_the_variables_and_the_configuration(tmp_path: Path) -> None:
    awkward = "ä $HOME \"q\" 'a' `b` \\ #\nzwei\tdrei \x01"
    text = "kestra:\n  x: '$HOME \\ `b`'\n"
    begins = commands.beginning(text, {"ENV_AWKWARD": awkward})
    file = tmp_path / "application.yaml"
    script = begins.replace("/tmp/application.yaml", str(file))
    done = subprocess.run(
        ["sh", "-c", f'{script}\nprintf %s "$ENV_AWKWARD"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == awkward
    assert file.read_text().strip() == text.strip()


class Refusing:
    """A server to which nothing is valid."""

    def __init__(self) -> None:
        self.asked = list[tuple[str, str]]()

    def call(self, _method: str, _path: str, **request: Any) -> httpx.Response:
        self.asked += [(name, source.decode()) for _, (name, source, _) in request["files"]]
        answer = [{"index": n, "constraints": "no"} for n in range(len(self.asked))]
        return httpx.Response(200, json=answer)


def test_a_flow_that_somebody_changed_is_judged_as_it_is_there_too() -> None:
    """A conflict outlives the upgrade."""
    item = Item("team", "one")
    here = Flow(Names(item), "id: one # here", Path("flows/team/one.yaml"))
    flows = Flows(Tree(flows=(here,)))
    flows.sources = {item: "id: one # there"}
    server = Refusing()
    told = flows.refused(cast(Kestra, server), [item], [item])
    assert [each.file for each in told] == ["flows/team/one.yaml", "flow team/one on the server"]
    assert [source for _, source in server.asked] == ["id: one # here", "id: one # there"]


@pytest.mark.parametrize("image", ["", "kestra kestra", "-x"])
def test_what_is_no_image_is_refused_before_a_host_is_asked(image: str) -> None:
    done = CliRunner().invoke(main, ["flows", "validate", "--image", image])
    assert done.exit_code != 0
    assert "is not an image reference" in done.output


@pytest.mark.parametrize("image", ["kestra/kestra:latest", "kestra/kestra"])
def test_what_may_be_another_image_tomorrow_is_refused(image: str) -> None:
    done = CliRunner().invoke(main, ["flows", "validate", "--image", image])
    assert done.exit_code != 0
    assert "name a version" in done.output
