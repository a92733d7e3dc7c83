"""The host's scripts for stacks of another size: order, needs, and who is left out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.render.host.application import application_file
from kestra_provision.render.host.scripts import SCRIPTS
from kestra_provision.settings import passwords
from kestra_provision.stack.stack import Stack
from tests.unit.many_services import SETTINGS, Host, alone, four, templates
from tests.vps.engine import need_program

START, STOP = "scripts/docker/start-stacks.sh", "scripts/docker/stop-stacks.sh"
RUN, STATUS = "tools/kestra/scripts/run.sh", "tools/kestra/scripts/status.sh"
HEALTH = "scripts/maintenance/health-check-all.sh"
DOWN = dict.fromkeys(("postgres", "n8n", "sidecar", "kestra"), "exited")


@pytest.fixture(autouse=True)
def _templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    templates(tmp_path / "templates", monkeypatch)


@pytest.mark.parametrize("stack", [four(), alone()], ids=lambda stack: stack.name)
def test_scripts_are_clean_and_explain_themselves(stack: Stack, tmp_path: Path) -> None:
    need_program("shellcheck", "shellcheck")
    host = Host(tmp_path, stack)
    scripts = [str(host.root / name) for name in SCRIPTS]
    done = subprocess.run(["shellcheck", "-x", "-a", *scripts], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    for name in SCRIPTS:
        shown = host.run(name, "--help")
        assert (shown.returncode, shown.stderr) == (0, "")
        assert "Example: " in shown.stdout
        assert ("PostgreSQL" in shown.stdout) <= (stack.name == "devorch")


def test_what_starts_and_stops_has_an_order(tmp_path: Path) -> None:
    host = Host(tmp_path, four(), **DOWN)
    done = host.run(START, "--phase", "devorch")
    assert done.returncode == 0, done.stderr
    assert host.calls == [
        "up postgres",
        "login n8n_u n8n_d N8N_DB_PASSWORD",
        "up n8n",
        "up sidecar",
        "login kestra kestra KESTRA_DB_PASSWORD",
        "up",
    ]
    assert done.stderr.endswith(f"Kestra: {SETTINGS.url}\n")
    host.run(STOP)
    assert host.calls == ["stop kestra", "stop sidecar", "stop n8n", "stop postgres"]


def test_who_ran_without_its_needs_is_started_again(tmp_path: Path) -> None:
    """Also one that needs it through another, and one that shall not be started."""
    host = Host(tmp_path, four(), postgres="exited")
    done = host.run(START, SKIP_KESTRA_AUTO_START="1")
    assert done.returncode == 0, done.stderr
    changes = [call for call in host.calls if not call.startswith("login")]
    stopped = ["stop kestra", "stop sidecar", "stop n8n"]
    assert changes == [*stopped, "up postgres", "up n8n", "up sidecar", "up"]
    again = "it was stopped, and is started again"
    assert f"Kestra ran without its database: {again}" in done.stderr
    assert f"Sidecar API ran without PostgreSQL: {again}" in done.stderr


@pytest.mark.parametrize(
    ("skip", "started", "said"),
    [
        ("SKIP_KESTRA_AUTO_START", ["postgres", "n8n", "sidecar"], ["Kestra is not started: SKIP"]),
        (
            "SKIP_N8N_AUTO_START",
            ["postgres", "kestra"],
            [
                "n8n is not started: SKIP_N8N",
                "Sidecar API is not started, PostgreSQL runs: it needs n8n, which is stopped",
            ],
        ),
    ],
)
def test_who_is_skipped_takes_along_who_needs_it(
    tmp_path: Path, skip: str, started: list[str], said: list[str]
) -> None:
    """By its name, so that compose starts no other one."""
    host = Host(tmp_path, four(), **DOWN)
    done = host.run(START, **{skip: "1"})
    assert [c.removeprefix("up ") for c in host.calls if c.startswith("up")] == started
    assert not [words for words in said if words not in done.stderr]


def test_what_is_skipped_and_runs_is_no_reason_to_leave_out_who_needs_it(tmp_path: Path) -> None:
    host = Host(tmp_path, four(), **(DOWN | {"n8n": "running"}))
    done = host.run(START, SKIP_N8N_AUTO_START="1")
    assert done.returncode == 0, done.stderr
    assert "needs n8n" not in done.stderr
    assert "up sidecar" in host.calls


def test_a_taken_port_stops_one_alone(tmp_path: Path) -> None:
    host = Host(
        tmp_path,
        four(),
        **DOWN,
    )
    taken = 'LISTEN 0 5 127.0.0.1:5679 0.0.0.0:* users:(("nc",pid=7,fd=3))\n'
    (host.bin / "listening").write_text(taken)
    host.program("ss", f"#!/bin/sh\ncase $* in *:5679*) cat {host.bin}/listening ;; esac\n")
    done = host.run(START)
    assert done.returncode == 1
    trouble = "port 5679 is taken by nc (pid 7): stop it, or set n8n_port (N8N_PORT)"
    assert f"error: n8n is not started, PostgreSQL runs: {trouble}" in done.stderr
    assert [call for call in host.calls if call.startswith("up")] == ["up postgres", "up kestra"]


def test_one_that_does_not_start_and_nobody_needs_keeps_no_other_from_it(tmp_path: Path) -> None:
    host = Host(tmp_path, four(), **DOWN)
    docker = (host.bin / "docker").read_text()
    host.program("docker", docker.replace("say up", "[[ $* != *sidecar ]] || exit 1; say up", 1))
    done = host.run(START)
    assert done.returncode == 1
    assert "error: compose cannot start sidecar" in done.stderr
    changes = [call for call in host.calls if call.startswith("up")]
    assert changes == ["up postgres", "up n8n", "up kestra"]


def test_run_starts_what_the_main_service_needs(tmp_path: Path) -> None:
    host = Host(tmp_path, four(), **DOWN)
    assert host.run(RUN, "--detach").returncode == 0
    assert [call for call in host.calls if call.startswith("up")] == ["up postgres", "up kestra"]
    host = Host(tmp_path / "one", alone(), **DOWN)
    done = host.run(RUN, "--detach")
    assert (done.returncode, host.calls) == (0, ["up"]), done.stderr


@pytest.mark.parametrize("name", [passwords.BASIC_AUTH, passwords.ENCRYPTION])
def test_secret_that_only_a_deploy_can_bring_to_its_service_is_named(
    tmp_path: Path, name: str
) -> None:
    """Started as it is, Kestra would go on with the old one, and nobody would know."""
    host = Host(tmp_path, four(), **DOWN)
    with (host.root / ".env").open("a") as env:
        env.write(f"{name}=Edited-1\n")
    said = (
        f"{name} in {host.root}/.env is not what {host.root}/config/application.yaml has, which "
        "Kestra reads; a deploy writes it there: pyinfra inventory deploy.py\n"
    )
    for script, others in ((RUN, []), (START, ["up n8n", "up sidecar"])):
        done = host.run(script)
        assert done.returncode == 1
        assert done.stderr.endswith(f"error: {said}")
        assert [c for c in host.calls if c.startswith("up")] == ["up postgres", *others]


def test_health_of_one_looks_at_what_it_needs(tmp_path: Path) -> None:
    host = Host(tmp_path, four(), postgres="paused")
    (host.root / "says.n8n").write_text("not-answering no answer\n")
    asked = json.loads(host.run(HEALTH, "--services", "sidecar,n8n").stdout)
    assert [s["name"] for s in asked["services"]] == ["sidecar", "n8n"]
    everything = json.loads(host.run(HEALTH).stdout)
    assert {s["name"]: s["state"] for s in everything["services"]} == {
        "kestra": "running",
        "sidecar": "running",
        "n8n": "not-answering",
        "postgres": "frozen",
    }
    script = f". {host.root}/scripts/lib/common.sh; . {host.root}/scripts/lib/health.sh; trouble="
    said = host.run(
        "bash", "-c", f"{script}; look postgres; look n8n; in_trouble n8n; in_trouble sidecar"
    )
    assert said.stdout == "; PostgreSQL is frozen; n8n is not-answering"


@pytest.mark.parametrize(
    ("states", "code"),
    [({}, 0), ({"n8n": "exited"}, 1), (DOWN, 2), ({"kestra": "exited", "postgres": "exited"}, 1)],
    ids=str,
)
def test_status_sums_up(tmp_path: Path, states: dict[str, str], code: int) -> None:
    assert Host(tmp_path, four(), **states).run(STATUS).returncode == code


def test_status_of_two_of_which_one_is_down(tmp_path: Path) -> None:
    for number, states in enumerate(({"kestra": "exited"}, {"postgres": "exited"})):
        host = Host(tmp_path / str(number), stack_of(SETTINGS), **states)
        assert host.run(STATUS).returncode == 1


def test_one_alone_is_all_there_is(tmp_path: Path) -> None:
    host = Host(tmp_path, alone())
    (service,) = json.loads(host.run(HEALTH, "--min-free", "0").stdout)["services"]
    assert service["name"] == "kestra"
    refused = host.run(HEALTH, "--services", "postgres")
    assert "unknown service 'postgres', known: kestra." in refused.stderr
    assert host.run(STATUS).returncode == 0
    assert "datasources" not in application_file(SETTINGS, alone(), {}).content


@pytest.mark.parametrize("script", [STOP, "tools/kestra/scripts/stop.sh"])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("MINE=Str0ng$word9", "(MINE) holds $"),
        ("MINE='Str0ng\nKESTRA_X=second'", "(MINE) opens a quote"),
        ("COMPOSE_FILE=Str0ng", "COMPOSE_FILE changes what compose does"),
    ],
)
def test_stop_says_beforehand_that_nothing_would_start_again(
    tmp_path: Path, script: str, line: str, said: str
) -> None:
    host = Host(tmp_path, four())
    with (host.root / ".env").open("a") as file:
        file.write(f"{line}\n")
    done = host.run(script)
    assert done.returncode == 0
    warned, stopped = done.stderr.index(said), done.stderr.index("stopping ")
    assert warned < stopped
    assert "Str0ng" not in done.stderr
    for start in (START, RUN):
        refused = host.run(start, *(["--detach"] if start == RUN else []))
        assert refused.returncode == 1
        assert said in refused.stderr
        assert host.calls == []


def test_stop_of_what_could_be_started_warns_of_nothing(tmp_path: Path) -> None:
    assert "warning" not in Host(tmp_path, four()).run(STOP).stderr
