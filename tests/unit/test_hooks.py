"""Hooks of the operator: called once in a deploy, and one that fails stops it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api.state import State, StateStage
from pyinfra_cli.exceptions import CliError

from kestra_provision.run import hooks


def run(*, deploys: bool = True, options: object = None) -> State:
    """A run on two hosts, of which one is not reached."""
    named: dict[str, Any] = {name: object() for name in ("vps1", "vps2")}
    return cast(
        State,
        SimpleNamespace(
            kestra_provision=SimpleNamespace(
                hosts={name: SimpleNamespace(deploys=deploys) for name in named},
                options=options or {},
                is_deploy=not options,
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


@pytest.mark.parametrize("of", [run(deploys=False), run(options={"restart": object()})])
def test_other_runs_call_none(hook: Any, of: State) -> None:
    hook("pre-deploy", "exit 3")
    hooks.call_at(of, StateStage.Execute)


def test_samples_and_hidden_files_may_lie_there(hook: Any) -> None:
    hook("pre-deploy.sample", "exit 3")
    hook(".gitkeep", "")
    hooks.call_at(run(), StateStage.Execute)
