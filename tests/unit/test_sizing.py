"""Memory limits of the containers by the host's size."""

import pytest

from kestra_provision.settings import Settings
from kestra_provision.stack.sizing import Sizing, sizing


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
    assert sizing(Settings(), memory_mb) == Sizing(kestra, postgres)


def test_a_slightly_smaller_host_gets_the_same_limits() -> None:
    """A kernel update shifts MemTotal a little; that must not recreate containers."""
    assert sizing(Settings(), 8200) == sizing(Settings(), 8210) == sizing(Settings(), 8250)


def test_settings_win() -> None:
    settings = Settings(kestra_memory_mb=3000, postgres_memory_mb=700)
    assert sizing(settings, 64000) == Sizing(3000, 700)


def test_both_fit_into_the_host() -> None:
    for memory_mb in range(2000, 64000, 500):
        sizes = sizing(Settings(), memory_mb)
        assert sizes.kestra + sizes.postgres < memory_mb


def test_heap_leaves_a_third_of_the_limit() -> None:
    assert Sizing(3000, 512).heap == 2000
