"""Profile `quick`: Kestra alone, its data in folders of the host, and that is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from kestra_provision.cli.config import explained
from kestra_provision.doctor.check import Checked, run
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.doctor.table import checks
from kestra_provision.facts.status import StatusSeen
from kestra_provision.profiles import SETTINGS, stack_of
from kestra_provision.profiles.quick import Quick
from kestra_provision.render.host.application import application_file
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.render.host.manifest import entry
from kestra_provision.settings import SettingsError, load, passwords
from kestra_provision.stack.layout import Layout
from kestra_provision.status.judge import judge
from kestra_provision.status.text import render
from kestra_provision.text.next_command import NextCommand
from tests.unit.doctor_evidence import HEALTHY

SETTINGS_QUICK = Quick()
STACK = stack_of(SETTINGS_QUICK)
LAYOUT = Layout(SETTINGS_QUICK.root_dir)
COMPOSE = render_compose(SETTINGS_QUICK, STACK, {"kestra": 2048}, "f" * 64)
(KEPT,) = STACK.keeps


def test_there_is_one_container_and_no_name_of_the_other_profile() -> None:
    assert STACK.containers == {"kestra": "kestra-quick"}
    for text in (COMPOSE, application_file(SETTINGS_QUICK, STACK, {}).content):
        assert "postgres" not in text.lower()
        assert "tools-kestra" not in text
        assert "DB_PASSWORD" not in text


def test_settings_of_postgres_are_refused() -> None:
    for name in ("postgres_image", "postgres_container_name", "db_name", "postgres_memory_mb"):
        with pytest.raises(SettingsError) as error:
            load("h", [("here", {"profile": "quick", name: "x"})], SETTINGS)
        (problem,) = error.value.problems["h"]
        assert problem.what == f"{name} is no setting of profile quick, tools and devorch have it"


def test_its_own_settings_are_judged() -> None:
    with pytest.raises(ValidationError, match="http_port and management_port are both 9"):
        Quick(http_port=9, management_port=9)
    with pytest.raises(ValidationError, match=r"registry r is not that of kestra_image \["):
        Quick(registry="r", registry_username="me")


def test_folders_of_the_host_hold_its_data() -> None:
    kestra = yaml.safe_load(COMPOSE)["services"]["kestra"]
    assert f"{LAYOUT.database}:/app/database" in kestra["volumes"]
    assert f"{LAYOUT.storage}:/app/storage" in kestra["volumes"]
    assert "volumes" not in yaml.safe_load(COMPOSE)
    modes = {d.path: (d.mode, d.owner) for d in STACK.directories}
    assert modes[LAYOUT.database] == modes[LAYOUT.storage] == ("750", "kestra")


def test_configuration_names_the_file_in_that_folder() -> None:
    parsed: dict[str, Any] = yaml.safe_load(application_file(SETTINGS_QUICK, STACK, {}).content)
    assert [*parsed["datasources"]] == ["h2"]
    assert parsed["datasources"]["h2"]["url"].startswith("jdbc:h2:file:/app/database/kestra;")
    assert parsed["kestra"]["repository"] == parsed["kestra"]["queue"] == {"type": "h2"}
    assert STACK.stores[0].path == f"{LAYOUT.database}/kestra.mv.db"


def test_management_port_is_one_that_can_be_asked() -> None:
    """`server local` draws another one at each start, and no configuration wins over that."""
    kestra = yaml.safe_load(COMPOSE)["services"]["kestra"]
    assert kestra["command"][3:5] == ["server", "standalone"]
    assert any(port.endswith(":8081") for port in kestra["ports"])


def test_it_needs_no_network_of_its_own() -> None:
    file = yaml.safe_load(COMPOSE)
    assert [*file["networks"]] == file["services"]["kestra"]["networks"] == ["shared"]
    assert STACK.networks == {"kestra": frozenset({"kestra-quick"})}


def test_a_host_without_compose_gets_the_same_container() -> None:
    text = docker_run(COMPOSE, STACK.root, STACK.environment)
    assert f"-v {LAYOUT.database}:/app/database" in text
    assert "volume create" not in text


def test_it_has_two_secrets() -> None:
    assert STACK.secret_names == (passwords.BASIC_AUTH, passwords.ENCRYPTION)
    lines = explained(SETTINGS_QUICK, {}, ())
    assert {*lines} & {*passwords.NAMES} == {*STACK.secret_names}
    assert lines["container_name"] == {"value": "kestra-quick", "from": "default"}


def test_manifest_depends_on_nobody() -> None:
    assert entry(SETTINGS_QUICK, STACK)["dependsOn"] == []


def test_what_is_kept_names_both_folders() -> None:
    for part in (LAYOUT.database, LAYOUT.storage, "docker rm", "rm -rf"):
        assert part in KEPT


def test_status_says_it_however_the_host_is() -> None:
    for seen in (StatusSeen(), StatusSeen(health=None, complaint="broken")):
        status = judge("h", STACK, "http://x/", seen, NextCommand())
        assert status.notices == (KEPT,)
        assert f"  notice: {KEPT}" in render([status], datetime.now(UTC))


def _rows(evidence: Evidence) -> dict[str, Checked]:
    return {row.name: row for row in run(checks(STACK), evidence)}


def test_doctor_has_a_row_for_it() -> None:
    names = [check.name for check in checks(STACK)]
    assert "data" in names
    assert names.index("data") == names.index("Kestra") + 1
    here = replace(HEALTHY.survey, data_files=frozenset({STACK.stores[0].path}))
    rows = _rows(replace(HEALTHY, settings=SETTINGS_QUICK, survey=here))
    assert (rows["data"].result, rows["data"].finding) == ("ok", KEPT)


def test_doctor_names_a_file_that_was_deleted_under_a_live_server() -> None:
    """Seen on a real one: it stays healthy, runs flows, and all is gone at its next stop."""
    row = _rows(replace(HEALTHY, settings=SETTINGS_QUICK))["data"]
    assert row.result == "finding"
    assert row.finding == f"{STACK.stores[0].path} is gone under a Kestra that runs"
    assert row.fix == "stop nothing, and save the flows first: kestra-provision open vps1"


def test_the_other_profile_says_nothing_of_it() -> None:
    tools = stack_of(load("h", [], SETTINGS))
    assert tools.keeps == []
    assert "data" not in [check.name for check in checks(tools)]
