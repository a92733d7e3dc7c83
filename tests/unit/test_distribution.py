"""Package names by distribution."""

import pytest

from kestra_provision.docker.distribution import BESIDE, WANTED, distribution, packages

NAMES = {
    ("debian", "13"): ["docker.io", "docker-cli", "docker-compose", *BESIDE],
    ("debian", "14"): ["docker.io", "docker-cli", "docker-compose", *BESIDE],
    ("debian", "12"): ["docker.io", *BESIDE],
    ("ubuntu", "24.04"): ["docker.io", "docker-compose-v2", *BESIDE],
}


@pytest.mark.parametrize(("os_id", "version"), NAMES)
def test_packages(os_id: str, version: str) -> None:
    assert packages(os_id, version, own_compose=False) == NAMES[os_id, version]


@pytest.mark.parametrize(("os_id", "version"), NAMES)
def test_own_compose_plugin_replaces_the_distributions(os_id: str, version: str) -> None:
    names = packages(os_id, version, own_compose=True)
    assert set(names) == set(NAMES[os_id, version]) - {"docker-compose", "docker-compose-v2"}


def test_debian_12_is_older_than_what_is_accepted_by_default() -> None:
    assert distribution("debian", "12").engine_version == "20.10"
    assert distribution("debian", "12").compose is None


def test_a_host_without_systemd_needs_somebody_who_mounts_cgroups() -> None:
    assert packages("debian", "12", own_compose=False, systemd=False)[-1] == "cgroupfs-mount"


@pytest.mark.parametrize(("os_id", "version"), NAMES)
def test_all_are_asked_for_in_one_look(os_id: str, version: str) -> None:
    for systemd in (True, False):
        assert {*packages(os_id, version, own_compose=False, systemd=systemd)} <= {*WANTED}
