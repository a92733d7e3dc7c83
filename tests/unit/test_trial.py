"""A Kestra of another image that is asked before an upgrade: what it gets, and what is refused."""

from __future__ import annotations

import base64
import subprocess

import pytest
import yaml
from click.testing import CliRunner

from kestra_provision.cli import main
from kestra_provision.commands import trial as commands
from kestra_provision.kestra import trial
from kestra_provision.profiles.tools import Tools, tools
from kestra_provision.stack.files import Mounted

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


def test_its_configuration_arrives_byte_for_byte_and_not_in_a_command_line() -> None:
    """With a docker that says how it was called, and what it got."""
    docker = 'docker() { printf "%s\\n" "$@" > /dev/stderr; cat "/dev/stdin"; }\n'
    started = str(commands.start("k-trial", "kestra/kestra:v1.3.40", "net", {"A": "b c"}, [JAR]))
    inner = subprocess.run(
        ["bash", "-c", f'sh() {{ eval "$2"; }}\n{docker}{started}'],
        input="kestra:\n  x: 'ü \"'\n",
        capture_output=True,
        text=True,
        check=True,
    )
    name, _, text = inner.stdout.strip().partition("=")
    assert name == "TRIAL"
    assert base64.b64decode(text).decode() == "kestra:\n  x: 'ü \"'\n"
    assert {"A=b c", "127.0.0.1::8080", "/dev/stdin", "--read-only"} <= {*inner.stderr.split("\n")}
    assert "type=bind,source=/opt/a.jar,target=/app/plugins/a.jar,readonly" in inner.stderr
    assert "kestra:\n" not in inner.stderr


@pytest.mark.parametrize("image", ["", "kestra kestra", "-x"])
def test_what_is_no_image_is_refused_before_a_host_is_asked(image: str) -> None:
    done = CliRunner().invoke(main, ["flows", "validate", "--image", image])
    assert done.exit_code != 0
    assert "is not an image reference" in done.output
