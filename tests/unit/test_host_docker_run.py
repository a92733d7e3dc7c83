"""What the host's scripts do where compose is missing: the compose file's own words."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from kestra_provision.profiles import stack_of
from kestra_provision.render.host.compose import render_compose
from kestra_provision.settings import Settings
from tests.unit.host_files import SETTINGS, SIZES, SUM, installed

SECRETS = {
    "KESTRA_DB_PASSWORD": "Db-pass-1",
    "KESTRA_BASICAUTH_PASSWORD": "Basic-pass-1",
    "KESTRA_ENCRYPTION_SECRET_KEY": "Key-1",
}


@pytest.fixture(params=SETTINGS, ids=str)
def settings(request: pytest.FixtureRequest) -> Settings:
    return SETTINGS[request.param]


def test_docker_run_says_what_the_compose_file_says(settings: Settings, tmp_path: Path) -> None:
    """No second truth: what `docker create` gets is compared with the rendered compose file."""
    calls = created(settings, tmp_path)
    compose = yaml.safe_load(render_compose(settings, stack_of(settings), SIZES, SUM))
    values = {"KESTRA_HTTP_PORT": settings.http_port, "KESTRA_MANAGEMENT_PORT": 18081}
    for service, declared in compose["services"].items():
        call = calls[service]
        assert call["--name"] == [declared["container_name"]]
        given = dict(value.partition("=")[::2] for value in call["-e"])
        secret = {key for key, value in declared["environment"].items() if "${" in value}
        assert given == declared["environment"] | dict.fromkeys(secret, "")
        ports = [
            re.sub(r"\$\{(\w+).*?\}", lambda m: str(values[m[1]]), p)
            for p in declared.get("ports", [])
        ]
        assert call.get("-p", []) == ports
        volumes = [
            v.replace("postgres-data:", f"{stack_of(settings).volumes[0].name}:")
            for v in declared["volumes"]
        ]
        folder = str(tmp_path)
        assert [v.replace(folder, settings.root_dir) for v in call["-v"]] == volumes
        assert call["--restart"] == [declared["restart"]]
        assert seconds(call["--stop-timeout"][0]) == seconds(declared["stop_grace_period"])
        assert call["--cap-drop"] == declared["cap_drop"]
        assert call.get("--cap-add", []) == declared.get("cap_add", [])
        assert call["--security-opt"] == declared["security_opt"]
        assert call["--memory"] == [declared["mem_limit"]]
        assert call["--pids-limit"] == [str(declared["pids_limit"])]
        assert call.get("--shm-size", []) == (
            [declared["shm_size"]] if "shm_size" in declared else []
        )
        assert call.get("--tmpfs", []) == declared.get("tmpfs", [])
        assert ("--read-only" in call) == declared.get("read_only", False)
        assert ("--init" in call) == declared.get("init", False)
        assert set(declared["labels"].items()) <= {tuple(x.split("=", 1)) for x in call["--label"]}
        assert f"com.docker.compose.project={settings.project_name}" in call["--label"]
        log = declared["logging"]
        assert call["--log-driver"] == [log["driver"]]
        assert call["--log-opt"] == [f"{k}={v}" for k, v in log["options"].items()]
        check = declared["healthcheck"]
        for option in ("interval", "timeout", "start_period"):
            name = f"--health-{option.replace('_', '-')}"
            assert seconds(call[name][0]) == seconds(check[option])
        assert call["--health-retries"] == [str(check["retries"])]
        kind, *words = [word.replace("$$", "$") for word in check["test"]]
        (command,) = call["--health-cmd"]
        assert words == (shlex.split(command) if kind == "CMD" else [command])
        words = [word.replace("$$", "$") for word in declared.get("command", [])]
        assert call["command"] == [declared["image"], *words]
        assert call.get("--entrypoint", []) == [
            *([declared["entrypoint"]] if "entrypoint" in declared else [])
        ]
    assert calls["networks"]["command"] == [settings.network, settings.container_name]


def test_no_secret_is_in_a_command_line(settings: Settings, tmp_path: Path) -> None:
    calls = json.dumps(created(settings, tmp_path))
    assert not [secret for secret in SECRETS.values() if secret in calls]
    assert (tmp_path / "environment").read_text() == "POSTGRES_PASSWORD=Db-pass-1\n"


def created(settings: Settings, folder: Path) -> dict[str, dict[str, list[str]]]:
    """Options by name of each `docker create`, and of the last `docker network connect`."""
    root = installed(settings, folder)
    values = stack_of(settings).environment | SECRETS
    (root / ".env").write_text("".join(f"{k}='{v}'\n" for k, v in values.items()))
    script = f"""
        . {root}/scripts/lib/common.sh; . {root}/scripts/lib/start.sh
        . {root}/scripts/lib/docker-run.sh
        move KESTRA_MANAGEMENT_PORT 18081
        docker() {{
            [ "$1" != create ] || env | grep -F -- -pass- >> {root}/environment
            printf '%s\\0' "$@" >> {root}/calls; printf '\\n\\0' >> {root}/calls
        }}
        create_postgres; create_kestra
    """
    subprocess.run(["bash", "-c", script], check=True)
    calls: dict[str, dict[str, list[str]]] = {}
    for call in (root / "calls").read_text().split("\n\0"):
        words = call.split("\0")[:-1]
        if words[:1] == ["create"]:
            options = parsed(words[1:])
            calls["kestra" if "server" in options["command"] else "postgres"] = options
        elif words[:2] == ["network", "connect"]:
            calls["networks"] = parsed(words[2:])
    return calls


def parsed(words: list[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            options["command"] = [word, *rest]
        elif word in ("--read-only", "--init"):
            options[word] = []
        else:
            options.setdefault(word, []).append(next(rest))
    return options


def seconds(text: str) -> int:
    """`6m`, `5s` and `360` alike."""
    return int(text.rstrip("ms")) * (60 if text.endswith("m") else 1)
