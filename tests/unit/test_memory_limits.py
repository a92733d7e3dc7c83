"""No service runs without a limit, and no Java without one of its own: in every arrangement.

The second holds where the kernel has no memory controller: there Docker drops the first.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from kestra_provision.profiles import PROFILES, stack_of
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.settings import Settings

#: Memory of the host, and what the inventory says.
HOSTS: list[tuple[int, dict[str, Any]]] = [
    (1024, {}),
    (4096, {}),
    (65536, {}),
    (4096, {"kestra_memory_mb": 1500}),
]


@pytest.mark.parametrize(("memory_mb", "declared"), HOSTS)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_container_and_java_has_a_limit(
    profile: str, memory_mb: int, declared: dict[str, Any]
) -> None:
    settings: Settings = PROFILES[profile].settings(profile=profile, **declared)
    stack = stack_of(settings)
    compose = render_compose(settings, stack, stack.sizes(memory_mb), "f" * 64)
    services = yaml.safe_load(compose)["services"]
    assert set(services) == {service.name for service in stack.services}
    run = docker_run(compose, stack.root, stack.environment)
    for name, service in services.items():
        limit = int(service["mem_limit"].removesuffix("m"))
        assert limit > 0
        made = run.partition(f"create_{name}() ")[2].partition("\n}")[0]
        assert f"--memory {limit}m" in made
        if name == "kestra":
            (heap,) = re.findall(r"-Xmx(\d+)m", service["environment"]["JAVA_OPTS"])
            assert limit / 2 < int(heap) < limit
            assert f"JAVA_OPTS=-Xmx{heap}m" in made
