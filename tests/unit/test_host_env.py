"""The host's scripts read back what a deploy writes into `.env`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file
from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile
from tests.awkward import READ_ALIKE
from tests.unit.host_files import installed
from tests.unit.rendered import FAKE


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(Tools(), tmp_path_factory.mktemp("host"))


def read(root: Path, text: str, key: str) -> str:
    (root / ".env").write_bytes(text.encode())
    script = f". {root}/scripts/lib/common.sh; . {root}/scripts/lib/guard.sh; env_value {key}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().removesuffix("\n")


def test_what_a_deploy_writes_is_read_back(root: Path) -> None:
    values = {f"V{number}": value for number, value in enumerate(READ_ALIKE)}
    text = EnvFile.parse("").updated(values).render()
    assert {name: read(root, text, name) for name in values} == values


def trouble(root: Path, env: str, configuration: str | None, flows: bool = True) -> str:
    """Why Kestra would run with other secrets than stand in `.env`, in the host's words.

    + flows: the file with the secrets of flows is there
    """
    (root / ".env").write_text(env, encoding="utf-8")
    file, of_flows = root / "config/application.yaml", root / "config/flow-secrets.env"
    file.parent.mkdir(exist_ok=True)
    of_flows.unlink(missing_ok=True)
    if flows:
        of_flows.write_text("# none\n")
    file.unlink(missing_ok=True)
    if configuration is not None:
        file.write_text(configuration, encoding="utf-8")
    script = f". {root}/scripts/lib/common.sh; . {root}/scripts/lib/guard.sh"
    ask = f"{script}; configuration_trouble kestra; configuration_trouble postgres"
    done = subprocess.run(["bash", "-c", ask], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.mark.parametrize("value", READ_ALIKE, ids=ascii)
def test_scripts_know_a_secret_again_where_it_was_written(root: Path, value: str) -> None:
    values = {**dict.fromkeys(FAKE, "Fake-1"), passwords.BASIC_AUTH: value}
    env = EnvFile.parse("").updated(values).render()
    secrets = EnvFile.parse(env).values
    settings = Tools()
    content = application_file(settings, stack_of(settings), secrets).content
    assert trouble(root, env, content) == ""
    other = {**secrets, passwords.BASIC_AUTH: f"{value}x"}
    said = trouble(root, env, application_file(settings, stack_of(settings), other).content)
    assert said.startswith(f"{passwords.BASIC_AUTH} in {root}/.env is not what ")


def test_scripts_see_that_the_secrets_of_flows_are_away(root: Path) -> None:
    env = EnvFile.parse("").updated(FAKE).render()
    content = application_file(Tools(), stack_of(Tools()), FAKE).content
    said = trouble(root, env, content, flows=False)
    assert said.startswith(f"{root}/config/flow-secrets.env is missing, which Kestra reads")


@pytest.mark.parametrize("configuration", [None, "", "password: ${DB_PASSWORD}\n"])
def test_scripts_see_a_configuration_without_secrets(root: Path, configuration: str | None) -> None:
    env = "".join(f"{name}=Fake-1\n" for name in FAKE)
    said = trouble(root, env, configuration)
    assert said.startswith(f"{' and '.join(FAKE)} in {root}/.env is not what ")
