"""Memory limits of the containers by the host's size."""

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.services.kestra import heap

STACK = stack_of(Tools())


@pytest.mark.parametrize(
    ("memory_mb", "kestra", "postgres"),
    [
        (1000, 1024, 256),
        (3800, 1792, 512),
        (4100, 2048, 512),
        (8200, 4096, 1280),
        (16400, 8192, 2560),
    ],
)
def test_parts_of_the_hosts_memory(memory_mb: int, kestra: int, postgres: int) -> None:
    assert STACK.sizes(memory_mb) == {"kestra": kestra, "postgres": postgres}


def test_a_slightly_smaller_host_gets_the_same_limits() -> None:
    """A kernel update shifts MemTotal a little; that must not recreate containers."""
    assert STACK.sizes(8200) == STACK.sizes(8210) == STACK.sizes(8250)


def test_settings_win() -> None:
    stack = stack_of(Tools(kestra_memory_mb=3000, postgres_memory_mb=700))
    assert stack.sizes(64000) == {"kestra": 3000, "postgres": 700}


def test_all_fit_into_the_host() -> None:
    for memory_mb in range(2000, 64000, 500):
        assert sum(STACK.sizes(memory_mb).values()) < memory_mb


def test_heap_leaves_a_third_of_the_limit() -> None:
    assert heap(3000) == 2000
