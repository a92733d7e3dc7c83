"""What Docker is there and does not tell is no answer, and never an empty one."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.facts import docker
from kestra_provision.facts.images import Images
from kestra_provision.facts.network import Networks
from kestra_provision.facts.running import Running
from kestra_provision.facts.stack import Stack, stack_arguments
from kestra_provision.facts.status import Status
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.remote.session import NoAnswerError
from kestra_provision.run.side_by_side import answers, script
from kestra_provision.secrets.recovered import remains_look
from tests.operations.fact_commands import IMAGES, survey

DECLARED = stack_of(Tools())
#: A container of ours is there. `FAILS` is a pattern of calls, and `SAID` what they say.
DOCKER = """#!/bin/bash
if [[ "$*" =~ $FAILS ]]; then
    printf '%s\\n' "$SAID" >&2
    exit 1
fi
case $* in
    info*) [ "$SERVER" ] && echo "server $SERVER" ;;
    ps*) printf 'k\\ttrue\\ttools-kestra\\tx\\tUp\\t\\t/opt\\tid1\\n' ;;
esac
"""
ERROR = "Error response from daemon: no space left on device"
QUESTIONS: dict[str, str] = {
    "Survey": survey("/nowhere"),
    "Stack": Stack().command(**stack_arguments(DECLARED)),
    "Images": Images().command(IMAGES, "/nowhere/images.env"),
    "Networks": Networks().command(["backend"]),
    "Running": Running().command({"kestra": "k"}),
    "Status": Status().command("/nowhere/check.sh", "/nowhere/lock", {"kestra": "k"}),
    "Remains": remains_look(DECLARED).text,
}
#: By the name of a question, a call of docker that it cannot do without.
NEEDS = [
    ("Survey", "^ps"),
    ("Survey", "^volume ls"),
    ("Survey", "^info"),
    ("Stack", "^ps"),
    ("Stack", "^inspect"),
    ("Stack", "^image inspect"),
    ("Stack", "^volume ls"),
    ("Images", "^image inspect"),
    ("Networks", "^network inspect"),
    ("Running", "^inspect"),
    ("Status", "^inspect"),
    ("Remains", "^ps"),
    ("Remains", "^inspect"),
    ("Remains", "^volume ls"),
]


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    program = tmp_path / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)

    def run(text: str, fails: str, said: str = ERROR, server: str = "28.2.2") -> Any:
        environment = {"FAILS": fails, "SAID": said, "SERVER": server}
        path = f"{tmp_path}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-c", text],
            capture_output=True,
            text=True,
            env={**os.environ, **environment, "PATH": path},
            timeout=60,
        )

    return run


@pytest.mark.parametrize(("question", "call"), NEEDS)
def test_a_call_that_fails_is_no_answer(ask: Any, question: str, call: str) -> None:
    done = ask(QUESTIONS[question], call)
    assert done.returncode == 1
    asked = call.removeprefix("^").partition(" ")[0]
    assert done.stderr == f"docker {asked} does not tell: {ERROR}\n"


@pytest.mark.parametrize(
    ("said", "server"),
    [
        ("Error: No such container: k", "28.2.2"),
        ("error: no such object: k", "28.2.2"),
        ("Error response from daemon: network backend not found", "28.2.2"),
        ("Cannot connect to the Docker daemon. Is the docker daemon running?", ""),
    ],
    ids=["container", "object", "network", "daemon"],
)
@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_missing_is_an_answer(ask: Any, question: str, said: str, server: str) -> None:
    done = ask(QUESTIONS[question], "inspect" if server else ".", said, server)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_daemon_that_is_gone_between_two_calls_is_no_answer(ask: Any) -> None:
    done = ask(QUESTIONS["Survey"], "^volume", "Cannot connect to the Docker daemon")
    assert (done.returncode, "Cannot connect" in done.stderr) == (1, True)


@pytest.mark.parametrize("call", ["info", "ps", "volume ls", "image inspect", "inspect"])
def test_a_daemon_that_hangs_is_no_answer(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """And the first silence is the last one that is waited for."""
    program = tmp_path / "timeout"
    program.write_text(
        f'#!/bin/sh\nshift 2\ncase $* in "{call} "*) exit 124 ;; esac\ndocker "$@"\n'
    )
    program.chmod(0o755)
    done = ask(QUESTIONS["Stack"], "^$")
    word = call.partition(" ")[0]
    assert done.returncode == 1
    assert done.stderr == (
        f"docker {word} says nothing for {docker.PATIENCE} s; systemctl restart docker there\n"
    )


def test_side_by_side_each_that_needs_it_has_no_answer(ask: Any) -> None:
    """Whoever comes later finds what the first one could not learn."""
    texts = ["true", QUESTIONS["Survey"], QUESTIONS["Remains"], "echo other"]
    done = ask(f"sh -s root root <<'END_OF_ALL'\n{script(texts)}\nEND_OF_ALL", "^volume ls")
    first, surveyed, left, other = answers(done.stdout, len(texts))
    assert first and other and surveyed and left
    assert (first.ok, other.ok, other.stdout) == (True, True, "echo other\n"[5:])
    assert [each.ok for each in (surveyed, left)] == [False, False]
    with pytest.raises(NoAnswerError, match="docker volume does not tell"):
        remains_look(DECLARED).read(left)
