"""The watch's files: clean shell, and a schedule that says what the settings say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from kestra_provision import HEADER
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.watch import all_files, render_watch, scripts
from kestra_provision.settings import Settings
from tests.unit.host_files import installed
from tests.unit.watched import with_watch
from tests.vps.engine import need_program

NASTY = """printf '%s\\n' "it's \\$HOME" | cat >> /tmp/a b; # `x` {{ y }}"""
SETTINGS = {
    "defaults": Tools(),
    "all of it": Tools(
        root_dir="/srv/a.b/k-1_2",
        project_name="p_1",
        watch_interval_minutes=15,
        notify_command=NASTY,
        self_repair_per_hour=3,
        http_proxy="http://10.0.0.1:3128",
        no_proxy=["10.0.0.0/8", ".example.com"],
    ),
}


@pytest.fixture(params=SETTINGS, ids=str)
def settings(request: pytest.FixtureRequest) -> Settings:
    return SETTINGS[request.param]


def text_of(settings: Settings, name: str, systemd: bool = True) -> str:
    return next(f.content for f in render_watch(settings, systemd) if f.path.endswith(name))


def test_shellcheck_finds_nothing(settings: Settings, tmp_path: Path) -> None:
    need_program("shellcheck", "shellcheck")
    root = with_watch(settings, installed(settings, tmp_path))
    done = subprocess.run(
        ["shellcheck", "-x", "-a", f"{root}/scripts/maintenance/watch.sh"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("systemd", [True, False], ids=["systemd", "cron"])
def test_files_carry_our_mark_where_removal_looks_for_it(settings: Settings, systemd: bool) -> None:
    for file in render_watch(settings, systemd):
        assert any(line.startswith(f"# {HEADER}") for line in file.content.splitlines()[:2])
        assert file.content.endswith("\n")
        assert not file.content.endswith("\n\n")


@pytest.mark.parametrize("systemd", [True, False], ids=["systemd", "cron"])
def test_all_that_is_written_can_be_removed(settings: Settings, systemd: bool) -> None:
    written = {file.path for file in render_watch(settings, systemd)}
    assert written <= set(all_files(settings))


def test_only_root_reads_the_command(settings: Settings) -> None:
    modes = {file.path: file.mode for file in render_watch(settings, systemd=True)}
    *library, watch = scripts(settings.root_dir)
    assert modes.pop(watch) == "700"
    assert set(library) < set(modes)
    assert set(modes.values()) == {"644"}


def test_command_reaches_the_shell_as_it_was_written(tmp_path: Path) -> None:
    line = next(
        line
        for line in text_of(SETTINGS["all of it"], "watch.sh").splitlines()
        if line.startswith("notify_command=")
    )
    script = f'{line}\nprintf %s "$notify_command"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == NASTY


def test_the_timer_has_the_interval() -> None:
    assert "OnUnitInactiveSec=15min\n" in text_of(SETTINGS["all of it"], ".timer")
    assert "OnUnitInactiveSec=1min\n" in text_of(SETTINGS["defaults"], ".timer")


def test_cron_is_for_hosts_without_systemd() -> None:
    with_systemd = {file.path for file in render_watch(Tools(), systemd=True)}
    without = {file.path for file in render_watch(Tools(), systemd=False)}
    assert with_systemd - without == {
        "/etc/systemd/system/kestra-watch@tools-kestra.service",
        "/etc/systemd/system/kestra-watch@tools-kestra.timer",
    }
    assert without - with_systemd == {"/etc/cron.d/kestra-watch-tools-kestra"}
    watch = "root /opt/kestra/scripts/maintenance/watch.sh 2>&1 | logger"
    assert f"\n* * * * * {watch}" in text_of(Tools(), "watch-tools-kestra", systemd=False)
    fifteen = Tools(watch_interval_minutes=15)
    assert f"\n*/15 * * * * {watch}" in text_of(fifteen, "watch-tools-kestra", systemd=False)


def test_cron_reads_the_name(settings: Settings) -> None:
    """It skips names with any other character in them."""
    (name,) = [f for f in all_files(settings) if f.startswith("/etc/cron.d/")]
    assert re.fullmatch(r"/etc/cron\.d/[A-Za-z0-9_-]+", name)


@pytest.mark.parametrize("systemd", [True, False], ids=["systemd", "cron"])
def test_two_stacks_of_a_host_have_a_watch_each(systemd: bool) -> None:
    """The name of one may be the beginning of the other's."""
    one, other = (
        {f.path for f in render_watch(Tools(project_name=p, root_dir=f"/opt/{p}"), systemd)}
        for p in ("kestra", "kestra-2")
    )
    assert not one & other


def test_service_waits_for_a_repair_to_end() -> None:
    """Kestra and PostgreSQL have their time to stop and `health_timeout` each to start."""
    text = text_of(Tools(health_timeout=3600), ".service")
    (limit,) = [line for line in text.splitlines() if line.startswith("TimeoutStartSec=")]
    stops = sum(service.stop_grace for service in stack_of(Tools()).services)
    assert int(limit.partition("=")[2]) > 3600 + stops


def test_service_does_not_need_docker() -> None:
    text = text_of(Tools(), ".service")
    assert "\nRequires=" not in text
    assert "After=docker.service\n" in text
