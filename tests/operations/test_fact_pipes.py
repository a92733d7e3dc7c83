"""A named pipe where a file of ours belongs: whoever opened it would wait for ever."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kestra_provision.facts.images import Images
from kestra_provision.facts.paths import Paths
from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.stack.layout import Layout
from tests.operations.fact_commands import survey

QUESTIONS: dict[str, Callable[[Layout], str]] = {
    "survey": lambda at: survey(at.root, ["KESTRA_DB_USER"]),
    "images": lambda at: Images().command({"kestra": "nobodys/image:1"}, at.record),
    "paths": lambda at: Paths().command([at.compose], at.record, {"/tmp": "kestra"}),
    "settings": lambda at: SettingsRecord().command(at.settings),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_question_does_not_open_it(tmp_path: Path, name: str) -> None:
    layout = Layout(str(tmp_path))
    (tmp_path / "config").mkdir()
    for path in (layout.env, layout.compose, layout.record, layout.settings):
        os.mkfifo(path)
    command = ["sh", "-c", QUESTIONS[name](layout)]
    subprocess.run(command, capture_output=True, timeout=60, check=True)


def test_kind_of_what_is_no_file(tmp_path: Path) -> None:
    """systemd masks a unit by a link to a device, which is no file to be written anew."""
    (tmp_path / "unit").symlink_to("/dev/null")
    command = Paths().command([str(tmp_path / "unit")], "/nonexistent", {})
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    seen = Paths().process(done.stdout.splitlines()).states[str(tmp_path / "unit")]
    assert seen.in_the_way("file") == "is a character special file, not a file"
