"""A stack: its services in the order of their start, and what is said of all of them."""

from __future__ import annotations

from kestra_provision.profiles import PROFILES, stack_of
from kestra_provision.profiles.tools import Tools

SETTINGS = Tools(container_name="one", postgres_container_name="two", network="shared")
STACK = stack_of(SETTINGS)


def test_every_profile_has_a_stack() -> None:
    for name, profile in PROFILES.items():
        assert stack_of(profile.settings.model_validate({})).name == name


def test_who_is_needed_starts_first_and_is_shown_last() -> None:
    assert [service.name for service in STACK.services] == ["postgres", "kestra"]
    assert (STACK.main.name, STACK.titles) == ("kestra", "PostgreSQL and Kestra")
    assert [service.name for service in STACK.dependents("postgres")] == ["kestra"]
    for number, service in enumerate(STACK.services):
        before = [each.name for each in STACK.services[:number]]
        assert {*service.needs} <= {*before}


def test_by_service() -> None:
    assert STACK.images == {"kestra": SETTINGS.kestra_image, "postgres": "postgres:17"}
    assert [*STACK.containers.items()] == [("kestra", "one"), ("postgres", "two")]
    assert STACK.networks == {
        "kestra": frozenset({"shared", "tools-kestra_internal"}),
        "postgres": frozenset({"tools-kestra_internal"}),
    }


def test_data_is_bound_to_what_it_was_made_with() -> None:
    (volume,) = STACK.volumes
    assert (volume.name, volume.major) == ("tools-kestra_postgres-data", 17)
    assert {made.setting: made.declared for _, made in STACK.made_with} == {
        "db_name": "kestra",
        "db_user": "kestra",
    }


def test_ports_of_the_host_are_kestras_alone() -> None:
    found = [(service.name, port.published, port.address) for service, port in STACK.published]
    assert found == [("kestra", 8080, "127.0.0.1"), ("kestra", 8081, "127.0.0.1")]
