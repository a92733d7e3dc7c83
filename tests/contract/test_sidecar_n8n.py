"""The sidecar stand-in keeps its contract, run as strictly as that says."""

import json
import time
from collections.abc import Iterator, Mapping

import httpx
import pytest

from tests.contract.container import Container
from tests.contract.n8n_stack import N8nStack
from tests.contract.stack import Stack
from tests.vps.engine import docker
from tests.vps.images import n8n_image, sidecar_image

TOKEN = "s1decar-Token"
STRICT = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "-p", "127.0.0.1::8000"]


@pytest.fixture(scope="module")
def n8n(stack: Stack) -> Iterator[N8nStack]:
    started = N8nStack(stack, n8n_image())
    yield started
    started.remove()


def _run(stack: Stack, name: str, environment: Mapping[str, str]) -> Container:
    name = f"{stack.name}-{name}"
    pairs = [part for key, value in environment.items() for part in ("-e", f"{key}={value}")]
    options = [*STRICT, "--network", stack.name, *pairs]
    docker("run", "-d", "--name", name, *options, sidecar_image())
    return Container(name)


@pytest.fixture(scope="module")
def sidecar(stack: Stack, n8n: N8nStack) -> Iterator[Container]:
    neighbour = n8n.ready()
    environment = {
        "KESTRA_URL": "http://nowhere:8080",
        "N8N_URL": f"http://{neighbour.name}:5678",
        "SIDECAR_TOKEN": TOKEN,
    }
    container = _run(stack, "sidecar", environment)
    try:
        deadline = time.monotonic() + 20
        while not container.listens(8000):
            assert time.monotonic() < deadline, container.logs()
            time.sleep(0.1)
        yield container
    finally:
        docker("rm", "--force", container.name, check=False)


def test_health_is_open(sidecar: Container) -> None:
    answer = httpx.get(f"{sidecar.url(8000)}/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("header", [None, "Bearer wrong", TOKEN])
def test_the_rest_asks_for_the_token(sidecar: Container, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = httpx.get(f"{sidecar.url(8000)}/workflows", headers=headers)
    assert answer.status_code == 401


def test_it_tells_who_is_reachable(sidecar: Container) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.get(f"{sidecar.url(8000)}/workflows", headers=headers, timeout=20)
    assert answer.json() == {"kestra": {"reachable": False}, "n8n": {"reachable": True}}


def test_its_user_is_a_number_and_not_root(sidecar: Container) -> None:
    form = "{{json .Config.User}}"
    user = json.loads(docker("inspect", "--format", form, sidecar.name).stdout)
    assert int(user.partition(":")[0]) > 0


def test_it_says_what_is_missing(stack: Stack) -> None:
    container = _run(stack, "sidecar-bare", {"KESTRA_URL": "http://kestra:8080"})
    try:
        assert container.wait_for_exit() == 1
        assert "N8N_URL, SIDECAR_TOKEN: not set" in container.logs()
    finally:
        docker("rm", "--force", container.name, check=False)


def test_stop_is_quick(sidecar: Container) -> None:
    assert sidecar.stop(grace=10) > 5
    assert sidecar.state() == ("exited", 0)
    assert TOKEN not in sidecar.logs()
