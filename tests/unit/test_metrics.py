"""`kestra-provision metrics`: valid for promtool, with names that Kestra has, and careful."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kestra_provision.profiles.tools import Tools
from kestra_provision.render.elsewhere.metrics import FILES, render_metrics
from tests.contract.recording import load
from tests.unit import promtool

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("kestra-provision")
#: A counter that begins with the first execution; the recorded server had run none.
AFTER_AN_EXECUTION = {"kestra_executor_execution_end_count_total"}
#: What Prometheus adds to Kestra's own names for their units.
UNITS = ("", "_bytes", "_seconds", "_total")


@pytest.fixture
def files() -> dict[str, str]:
    return render_metrics("vps1", Tools(management_port=9081))


@pytest.fixture
def written(files: dict[str, str], tmp_path: Path) -> Path:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def jobs(files: dict[str, str]) -> dict[str, Any]:
    return {job["job_name"]: job for job in yaml.safe_load(files[FILES[0]])["scrape_configs"]}


def test_kestra_is_asked_on_loopback(files: dict[str, str]) -> None:
    kestra = jobs(files)["kestra"]
    assert kestra["metrics_path"] == "/prometheus"
    assert kestra["static_configs"] == [{"targets": ["127.0.0.1:9081"], "labels": {"host": "vps1"}}]


def test_nothing_else_is_asked_from_outside_either(files: dict[str, str]) -> None:
    targets = [
        t for job in jobs(files).values() for c in job["static_configs"] for t in c["targets"]
    ]
    assert targets == ["127.0.0.1:9081", "127.0.0.1:9100"]


def test_promtool_accepts_the_configuration_and_its_rules(written: Path) -> None:
    done = promtool.run("check", "config", "prometheus.yml", directory=written)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rule files found" in done.stdout


def test_promtool_accepts_the_rules(written: Path) -> None:
    done = promtool.run("check", "rules", "kestra-alerts.yml", directory=written)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_and_none_without_reason(written: Path) -> None:
    shutil.copy(HERE / "kestra-alerts.test.yml", written)
    done = promtool.run("test", "rules", "kestra-alerts.test.yml", directory=written)
    assert done.returncode == 0, done.stdout + done.stderr


def rules(files: dict[str, str]) -> list[dict[str, Any]]:
    return [r for group in yaml.safe_load(files[FILES[1]])["groups"] for r in group["rules"]]


def test_every_alert_is_in_the_test_above(files: dict[str, str]) -> None:
    tested = (HERE / "kestra-alerts.test.yml").read_text()
    assert [r["alert"] for r in rules(files) if f'alertname="{r["alert"]}"' not in tested] == []


def test_kestras_metrics_are_those_of_a_recorded_server(files: dict[str, str]) -> None:
    """A name that does not exist makes an alert that never fires, and nothing says so."""
    calls = load("kestra-0.20").calls  # the one that has the whole list
    body = next(c.body for c in calls if c.port == "management" and c.path == "/metrics")
    recorded = {
        name.replace(".", "_") + unit for name in json.loads(body)["names"] for unit in UNITS
    }
    used = {
        name
        for rule in rules(files)
        for name in re.findall(r"\b(?:kestra|jvm|hikaricp|process|executor)_\w+", rule["expr"])
    }
    assert used
    assert used - recorded - AFTER_AN_EXECUTION == set()


def metrics(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a folder with an inventory of two hosts; it must not connect."""
    (directory / "inventory.py").write_text(
        "servers = [('a', {'management_port': 9081}), ('b', {})]\n"
    )
    command = [str(PROGRAM), "metrics", "--inventory", "inventory.py", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60)


def test_one_host_gets_its_files_into_the_folder(tmp_path: Path) -> None:
    done = metrics(tmp_path, "a", "--out", "new/folder")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"written: new/folder/{name}" for name in FILES]
    text = (tmp_path / "new/folder/prometheus.yml").read_text()
    assert "127.0.0.1:9081" in text


def test_each_host_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    assert metrics(tmp_path, "--out", ".").returncode == 0
    assert all((tmp_path / host / name).is_file() for host in "ab" for name in FILES)


def test_an_edited_file_is_kept_unless_forced(tmp_path: Path) -> None:
    """Nothing is written at all, so that the two files of a host always fit together."""
    (tmp_path / "b").mkdir()
    edited = tmp_path / "b" / "kestra-alerts.yml"
    edited.write_text("mine\n")
    done = metrics(tmp_path, "--out", ".")
    assert done.returncode == 1
    assert "b/kestra-alerts.yml differ" in done.stderr
    assert "--force" in done.stderr
    assert edited.read_text() == "mine\n"
    assert not (tmp_path / "a").exists()
    assert metrics(tmp_path, "--out", ".", "--force").returncode == 0
    assert "HostDown" in edited.read_text()
    assert metrics(tmp_path, "--out", ".").returncode == 0, "what is as rendered is no difference"
