"""Hooks of the operator: called once in a deploy, and one that fails stops it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner
from pyinfra.api.state import State, StateStage
from pyinfra_cli.exceptions import CliError

from kestra_provision.cli import main
from kestra_provision.run import hooks


def run(*, deploys: bool = True, is_deploy: bool = True, of_deploy_file: bool = False) -> State:
    """A run on two hosts, of which one is not reached."""
    named: dict[str, Any] = {name: object() for name in ("vps1", "vps2")}
    return cast(
        State,
        SimpleNamespace(
            kestra_provision=SimpleNamespace(
                hosts={name: SimpleNamespace(deploys=deploys) for name in named},
                is_deploy=is_deploy,
                of_deploy_file=of_deploy_file,
            ),
            inventory=SimpleNamespace(get_host=named.__getitem__),
            activated_hosts=[named["vps1"]],
            failed_hosts=[],
        ),
    )


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hooks").mkdir()

    def write(name: str, text: str, mode: int = 0o755) -> None:
        file = tmp_path / "hooks" / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(mode)

    return write


def test_both_are_told_the_hosts(hook: Any, tmp_path: Path) -> None:
    for name in ("pre-deploy", "post-deploy"):
        hook(name, f'echo "{name}: $KESTRA_PROVISION_HOSTS, $KESTRA_PROVISION_FAILED" >> said')
    for stage in (StateStage.Connect, StateStage.Prepare):
        hooks.call_at(run(), stage)
    assert not (tmp_path / "said").exists()
    hooks.call_at(run(), StateStage.Execute)
    hooks.call_at(run(), StateStage.Disconnect)
    assert (tmp_path / "said").read_text().splitlines() == [
        "pre-deploy: vps1 vps2, vps2",
        "post-deploy: vps1 vps2, vps2",
    ]


@pytest.mark.parametrize(
    ("name", "text", "mode", "said"),
    [
        ("pre-deploy", "exit 3", 0o755, "hooks/pre-deploy ended with exit code 3; nothing was"),
        ("pre-deploy", "kill -9 $$", 0o755, "hooks/pre-deploy was killed by signal 9; nothing was"),
        ("pre-deploy", "kill -15 $$", 0o755, "was killed by signal 15; nothing was"),
        ("pre-deploy", "exit 0", 0o644, "chmod +x hooks/pre-deploy"),
        ("pre_deploy", "exit 0", 0o755, "hooks/pre_deploy is no hook"),
        ("post-deploy.sh", "exit 0", 0o755, "there are pre-deploy and post-deploy"),
    ],
)
def test_nothing_is_changed_after_one_that_fails(
    hook: Any, name: str, text: str, mode: int, said: str
) -> None:
    hook(name, text, mode)
    with pytest.raises(CliError) as raised:
        hooks.call_at(run(), StateStage.Execute)
    assert said in raised.value.message
    assert "nothing was changed" in raised.value.message


def test_failure_after_the_deploy_is_one_too(hook: Any) -> None:
    hook("post-deploy", "exit 4")
    hooks.call_at(run(), StateStage.Execute)
    with pytest.raises(CliError) as raised:
        hooks.call_at(run(), StateStage.Disconnect)
    assert "exit code 4; the deploy itself was over" in raised.value.message


@pytest.mark.parametrize("of", [run(deploys=False), run(is_deploy=False)])
def test_other_runs_call_none(hook: Any, of: State) -> None:
    hook("pre-deploy", "exit 3")
    hooks.call_at(of, StateStage.Execute)


def test_samples_and_hidden_files_may_lie_there(hook: Any) -> None:
    hook("pre-deploy.sample", "exit 3")
    hook(".gitkeep", "")
    hooks.call_at(run(), StateStage.Execute)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo hello\n", "its first line must be such as #!/bin/sh"),
        ("", "its first line must be such as #!/bin/sh"),
        (
            "#!/bin/sh\r\nexit 0\r\n",
            r"there is no program as its first line names it, '#!/bin/sh\r'",
        ),
        ("#!/no/such/shell\n", "no program as its first line names it, '#!/no/such/shell'"),
    ],
    ids=["no shebang", "empty", "lines of Windows", "no such shell"],
)
def test_a_first_line_that_starts_nothing_says_the_way_out(
    hook: Any, tmp_path: Path, text: str, said: str
) -> None:
    hook("pre-deploy", "")
    (tmp_path / "hooks" / "pre-deploy").write_bytes(text.encode())
    with pytest.raises(CliError) as raised:
        hooks.call_at(run(), StateStage.Execute)
    assert said in raised.value.message
    assert "nothing was changed" in raised.value.message


def test_what_is_no_file_is_no_hook_that_went_well(hook: Any, tmp_path: Path) -> None:
    (tmp_path / "hooks" / "pre-deploy").symlink_to("nowhere")
    (tmp_path / "hooks" / "post-deploy").mkdir()
    for stage in (StateStage.Execute, StateStage.Disconnect):
        with pytest.raises(CliError, match="it is no file, nor a link to one"):
            hooks.call_at(run(), stage)


def test_a_wrong_name_is_told_before_the_first_connection(hook: Any) -> None:
    hook("pre_deploy", "")
    hook("post-deploy.py", "")
    with pytest.raises(CliError) as raised:
        hooks.call_at(run(deploys=False, of_deploy_file=True), StateStage.Connect)
    assert raised.value.message.startswith(
        "hooks/post-deploy.py, hooks/pre_deploy are no hooks, and nothing was changed"
    )
    for stage in (StateStage.Connect, StateStage.Prepare):
        hooks.call_at(run(deploys=False), stage)


@pytest.mark.parametrize(
    "line",
    [
        ["kestra-provision", "plan"],
        ["kestra-provision", "deploy", "-y"],
        ["pyinfra", "inventory", "deploy.py", "-y"],
        ["pyinfra", "inventory", "deploy.py", "--dry"],
    ],
    ids=" ".join,
)
def test_every_deploy_refuses_a_wrong_name_before_it_connects(
    line: list[str], tmp_path: Path
) -> None:
    made = CliRunner().invoke(main, ["init", str(tmp_path / "own")])
    assert made.exit_code == 0, made.output
    (tmp_path / "own" / "hooks").mkdir()
    (tmp_path / "own" / "hooks" / "Pre-Deploy").touch()
    data = {"ssh_hostname": "127.0.0.1", "ssh_port": 1, "ssh_known_hosts_file": "known"}
    (tmp_path / "own" / "inventory" / "gone.py").write_text(f"hosts = [('gone', {data!r})]\n")
    program = Path(sys.executable).with_name(line[0])
    done = subprocess.run(
        [program, *line[1:]], cwd=tmp_path / "own", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "hooks/Pre-Deploy is no hook, and nothing was changed" in done.stderr
    assert "Could not connect" not in done.stdout + done.stderr
