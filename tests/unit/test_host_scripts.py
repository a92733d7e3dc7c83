"""The host's scripts: clean shell, marked, and each explains itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kestra_provision import HEADER
from kestra_provision.commands import lock
from kestra_provision.commands.lock_script import LOCK_SCRIPT
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.scripts import LIBRARY, SCRIPTS, render_scripts
from kestra_provision.settings import Settings
from tests.unit.host_files import SETTINGS, SIZES, SUM, installed
from tests.vps.engine import need_program


@pytest.fixture(params=SETTINGS, ids=str)
def settings(request: pytest.FixtureRequest) -> Settings:
    return SETTINGS[request.param]


def test_shellcheck_finds_nothing(settings: Settings, tmp_path: Path) -> None:
    need_program("shellcheck", "shellcheck")
    root = installed(settings, tmp_path)
    scripts = [str(root / name) for name in SCRIPTS]
    done = subprocess.run(
        ["shellcheck", "-x", "-a", *scripts], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_files_carry_our_mark_below_the_shebang(settings: Settings) -> None:
    for file in render_scripts(settings, stack_of(settings), SIZES, SUM):
        first, second, *_ = file.content.splitlines()
        assert first in ("#!/usr/bin/env bash", "# shellcheck shell=bash")
        assert second.startswith(f"# {HEADER}")
        assert file.content.endswith("\n")


def test_only_what_is_called_may_be_executed(settings: Settings) -> None:
    modes = {f.path: f.mode for f in render_scripts(settings, stack_of(settings), SIZES, SUM)}
    root = settings.root_dir
    assert modes == {f"{root}/{n}": "644" for n in LIBRARY} | {
        f"{root}/{n}": "755" for n in SCRIPTS
    }


def test_their_folders_are_made(settings: Settings) -> None:
    made = {directory.path for directory in stack_of(settings).directories}
    for file in render_scripts(settings, stack_of(settings), SIZES, SUM):
        assert file.path.rpartition("/")[0] in made


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_has_an_example_and_unknown_words_the_known_ones(name: str, tmp_path: Path) -> None:
    script = installed(Tools(), tmp_path) / name
    shown = subprocess.run([script, "--help"], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"Usage: {script.name}" in shown.stdout
    assert f"Example: {'sudo ' if 'sudo' in shown.stdout else ''}{script}" in shown.stdout
    refused = subprocess.run([script, "--hlep"], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "--hlep, known: " in refused.stderr
    assert refused.stdout == ""


def test_the_lock_is_one_text() -> None:
    """What a laptop sends and what the host has judge alike."""
    settings = Tools()
    files = {f.path: f.content for f in render_scripts(settings, stack_of(settings), SIZES, SUM)}
    assert LOCK_SCRIPT in files["/opt/kestra/scripts/lib/lock.sh"]
    quoted = LOCK_SCRIPT.replace("'", "'\"'\"'")
    holder = lock.Holder.of_this_run("deploy")
    for command in (lock.look("p"), lock.take("p", holder, local=False), lock.remove("p", "x")):
        assert quoted in command.get_raw_value()
