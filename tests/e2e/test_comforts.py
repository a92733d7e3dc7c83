"""An operator's own repository on the installed package, and the commands for every day."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import httpx
import pytest

from kestra_provision.settings.versions import api_prefix, kestra_version
from tests.e2e.conftest import Site, changed
from tests.vps.workspace import clean_environment

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.executable)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the locked packages and the built wheel, which knows no checkout."""
    folder = tmp_path_factory.mktemp("installed")
    call(PYTHON, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=REPOSITORY)
    call(PYTHON, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    install = ("install", "--quiet", "--no-index", "--no-deps", wheel)
    call(PYTHON, "-m", "pip", "--python", python, *install, cwd=folder)
    # Only now, or pip would take the checkout for an earlier install. A folder that is named in
    # a .pth file brings its packages and not its own .pth files, which lead to the checkout.
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "locked.pth").write_text(sysconfig.get_path("purelib"))
    return python


@pytest.fixture
def own(python: Path, converged: Site, tmp_path: Path) -> Path:
    """What `kestra-provision init` makes, with the shared server named in it."""
    call(python.with_name("kestra-provision"), "init", "own", cwd=tmp_path)
    inventory = converged.workspace.directory / "inventory" / "servers.py"
    shutil.copyfile(inventory, tmp_path / "own" / "inventory" / "server.py")
    return tmp_path / "own"


def call(*line: object, cwd: Path, good: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs a program that sees nothing but its own environment, and must end with `good`."""
    environment = {k: v for k, v in clean_environment().items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in line],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == good, done.stdout + done.stderr
    return done


def contents(folder: Path) -> dict[str, str]:
    """Text by path of all files."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def plan(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Its operations in order, less their ids: those are made of line numbers."""
    operations: list[dict[str, Any]] = json.loads(done.stdout)["plan"]
    return [{k: v for k, v in operation.items() if k != "op_hash"} for operation in operations]


def test_the_checkout_is_out_of_reach(python: Path, own: Path) -> None:
    """The premise of the tests below."""
    where = "import kestra_provision as k; print(k.__file__); import tasks"
    done = call(python, "-c", where, cwd=own, good=1)
    assert Path(done.stdout.strip()).is_relative_to(python.parent.parent)
    assert "No module named 'tasks'" in done.stderr


def test_the_package_makes_the_same_repository_as_the_checkout(own: Path, tmp_path: Path) -> None:
    call(PYTHON.with_name("kestra-provision"), "init", "other", cwd=tmp_path)
    (own / "inventory" / "server.py").unlink()
    assert contents(own) == contents(tmp_path / "other")


def test_own_repository_plans_and_deploys_as_the_checkout(
    python: Path, own: Path, converged: Site
) -> None:
    pyinfra = (python, "-m", "pyinfra", "inventory", "deploy.py")
    ours = plan(call(*pyinfra, "--dry", "--json", cwd=own))
    checkouts = converged.workspace.deploy("--dry", "--json")
    assert ours == plan(checkouts)
    assert len(ours) > 5
    done = call(*pyinfra, "-y", cwd=own)
    assert changed(done) == 0


def test_own_group_data_wins_over_the_packages_profile(python: Path, own: Path) -> None:
    (own / "group_data" / "all.py").write_text("network = 'of_all_py'\n")
    (own / "group_data" / "tools.py").write_text("project_name = 'of-tools-py'\n")
    shown = call(python.with_name("kestra-provision"), "config", "--json", cwd=own).stdout
    (host,) = json.loads(shown)["hosts"]
    lines = host["settings"]
    assert lines["network"] == {"value": "of_all_py", "from": "group_data/all.py"}
    assert lines["project_name"] == {"value": "of-tools-py", "from": "group_data/tools.py"}
    assert lines["container_name"]["from"] == "default"


def test_an_own_operation_comes_last(python: Path, own: Path, converged: Site) -> None:
    with (own / "deploy.py").open("a") as deploy:
        deploy.write("from pyinfra.operations import files\n")
        deploy.write("files.directory(name='my own', path='/srv')\n")
    ours = call(python, *("-m", "pyinfra", "inventory", "deploy.py", "--dry", "--json"), cwd=own)
    checkouts = plan(converged.workspace.deploy("--dry", "--json"))
    assert [operation["name"] for operation in plan(ours)] == [
        *(operation["name"] for operation in checkouts),
        "my own",
    ]


def test_host_is_that_one_although_a_group_is_called_the_same(converged: Site) -> None:
    """pyinfra's own --limit takes the group, with a server in it that is not there."""
    folder, name = converged.workspace.directory, converged.vps.name
    shutil.copytree(folder / "inventory", folder / "twins")
    try:
        (folder / "twins" / f"{name}.py").write_text(
            f"both = ['{name}', ('gone', {{'ssh_hostname': '127.0.0.1', 'ssh_port': 1}})]\n"
        )
        other = ("--inventory", "twins")
        done = converged.command("restart", name, *other)  # without -y: the plan and no more
        gone = converged.command("restart", "gone", *other)
        status = converged.command("status", name, *other)
    finally:
        shutil.rmtree(folder / "twins")
    assert f"[{name}] Connected" in done.stderr
    assert "there is no terminal to ask" in done.stderr
    assert "gone" not in done.stdout + done.stderr
    assert "Could not connect" in gone.stderr
    assert f"[{name}]" not in gone.stderr
    assert status.returncode == 0, status.stdout


def test_credentials_say_where_as_status_does(converged: Site) -> None:
    name = converged.vps.name
    shown = converged.command("credentials", name, "--force").stdout
    (url,) = re.findall(r"^URL +(\S+)", shown, re.MULTILINE)
    assert f"{name}: healthy   {url}\n" in converged.command("status", name).stdout
    refused = converged.command("credentials", name)
    assert refused.returncode == 1
    assert "the output is no terminal" in refused.stderr


def test_open_holds_a_tunnel_until_ctrl_c(converged: Site) -> None:
    """The port of the same number is busy on this side, so another one is taken and named."""
    settings = converged.workspace.run("kestra-provision", "config", "--json")
    (host,) = json.loads(settings.stdout)["hosts"]
    wanted = int(host["settings"]["http_port"]["value"])
    with contextlib.ExitStack() as stack:
        # When somebody else has it already, that is as good.
        with contextlib.suppress(OSError):
            stack.enter_context(socket.create_server(("127.0.0.1", wanted)))
        process = subprocess.Popen(
            [PYTHON.with_name("kestra-provision"), "open", converged.vps.name],
            cwd=converged.workspace.directory,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        try:
            said = process.stdout.readline()
            found = re.match(r"http://localhost:(\d+)/ ", said)
            assert found, said
            port = int(found[1])
            assert port != wanted
            path = f"{api_prefix(kestra_version(converged.data['kestra_image']))}/flows/search"
            answer = httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)
            assert answer.status_code == 401
        finally:
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    assert f"port {wanted} is busy" in complaints
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_hooks_of_the_operator(converged: Site) -> None:
    """The one before may stop it; a plan calls none."""
    hooks = converged.workspace.directory / "hooks"
    hooks.mkdir()
    try:
        for name, text in (("pre-deploy", "exit 7"), ("post-deploy", "echo called >> told")):
            (hooks / name).write_text(f"#!/bin/sh\n{text}\n")
            (hooks / name).chmod(0o755)
        converged.mark()
        refused = converged.deploy()
        assert (refused.returncode, converged.newer()) == (1, ""), refused.stderr
        assert "hooks/pre-deploy ended with exit code 7; nothing was changed" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert converged.plan() == []
        (hooks / "pre-deploy").unlink()
        assert changed(converged.deploy()) == 0
        assert (hooks.parent / "told").read_text() == "called\n"
    finally:
        shutil.rmtree(hooks)


def test_version_is_what_answers(converged: Site) -> None:
    done = converged.command("version", "--json")
    assert done.returncode == 0, done.stderr
    (host,) = json.loads(done.stdout)["hosts"]
    services = {service["service"]: service for service in host["services"]}
    assert services["postgres"]["version"].startswith("17")
    for service in services.values():
        assert service["version"] in converged.command("version").stdout
        assert service["image"] == service["declared"]
