"""The host's scripts read back what a deploy writes into `.env`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kestra_provision.profiles.tools import Tools
from kestra_provision.settings.env_file import EnvFile
from tests.awkward import READ_ALIKE
from tests.unit.host_files import installed


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
