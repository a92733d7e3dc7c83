"""The rendered files: valid YAML for many settings, and hardened as promised."""

import re
from typing import Any

import pytest
import yaml

from kestra_provision import HEADER, LABEL, MEMORY_LABEL, PIDS_LABEL
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file
from kestra_provision.services.kestra import heap
from tests.tools_secrets import TOOLS_SECRETS as NAMES
from tests.unit.rendered import SETTINGS, SIZES, SUM, application_of, compose_text


@pytest.fixture(params=SETTINGS, ids=str)
def settings(request: pytest.FixtureRequest) -> Tools:
    return SETTINGS[request.param]


@pytest.fixture
def text(settings: Tools) -> str:
    return compose_text(settings)


@pytest.fixture
def compose(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(text)
    return parsed


@pytest.fixture
def kestra(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]["kestra"]
    return found


@pytest.fixture
def postgres(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]["postgres"]
    return found


@pytest.fixture
def application(settings: Tools) -> dict[str, Any]:
    return application_of(settings)


def test_first_process_of_kestra_is_an_init(compose: dict[str, Any]) -> None:
    """Process tasks leave orphans, and a start in its first moments would not hear a stop."""
    assert compose["services"]["kestra"]["init"] is True


def test_names_are_as_declared(settings: Tools, compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert compose["name"] == settings.project_name
    assert {s: c["container_name"] for s, c in services.items()} == stack_of(settings).containers
    assert {s: c["image"] for s, c in services.items()} == stack_of(settings).images
    assert compose["networks"]["shared"] == {"name": settings.network, "external": True}


def test_kestra_is_read_only_but_for_its_own_folders(
    settings: Tools, kestra: dict[str, Any]
) -> None:
    root = settings.root_dir
    assert kestra["read_only"] is True
    assert kestra["tmpfs"] == ["/tmp:mode=1777,exec"]
    assert kestra["volumes"] == [
        f"{root}/config/application.yaml:/etc/kestra/application.yaml:ro",
        f"{root}/config/flow-secrets.env:/etc/kestra/flow-secrets.env:ro",
        f"{root}/tools/kestra/storage:/app/storage",
        f"{root}/tools/kestra/workdir:/tmp/kestra-wd",
    ]


def test_no_container_has_more_rights_than_it_needs(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "network_mode", "pid", "ipc", "devices", "user"} & set(service)
        assert not any("docker.sock" in volume for volume in service["volumes"])
    assert "cap_add" not in compose["services"]["kestra"]


def test_ports_open_only_where_asked(settings: Tools, kestra: dict[str, Any]) -> None:
    address = settings.bind_address
    shown = f"[{address}]" if ":" in address else address
    assert kestra["ports"] == [
        f"{shown}:${{KESTRA_HTTP_PORT:?is missing in .env}}:8080",
        "127.0.0.1:${KESTRA_MANAGEMENT_PORT:?is missing in .env}:8081",
    ]


def test_the_database_has_no_port_and_only_the_inner_network(postgres: dict[str, Any]) -> None:
    assert "ports" not in postgres
    assert postgres["networks"] == ["internal"]


def test_flows_see_no_secret_in_the_environment(kestra: dict[str, Any]) -> None:
    assert kestra["environment"]
    assert not [name for name in kestra["environment"] if name.upper().startswith("KESTRA_")]


def test_no_service_has_an_env_file(compose: dict[str, Any]) -> None:
    assert not [name for name, service in compose["services"].items() if "env_file" in service]


def test_every_variable_is_required_and_stands_in_env(settings: Tools, text: str) -> None:
    variables = re.findall(r"(?<!\$)\$\{([^}]*)\}", text)
    assert {v.partition(":?")[1] for v in variables} == {":?"}
    names = {v.partition(":?")[0] for v in variables}
    assert names <= {*stack_of(settings).environment, *NAMES}
    inside = {secret.name for _, secret in stack_of(settings).secrets if secret.inside}
    assert names & {*NAMES} == inside
    unbraced = re.findall(r"(?<!\$)\$(?:\$\$)*([^${])", text)
    assert unbraced == []


def test_running_tasks_may_end(
    kestra: dict[str, Any], postgres: dict[str, Any], application: dict[str, Any]
) -> None:
    """Kestra gives up before Docker kills it."""
    assert application["kestra"]["server"]["termination-grace-period"] == "300s"
    assert kestra["stop_grace_period"] == "360s"
    assert postgres["stop_grace_period"] == "60s"


def test_health_checks_need_no_tool_the_images_lack(
    settings: Tools, kestra: dict[str, Any], postgres: dict[str, Any]
) -> None:
    for service in (kestra, postgres):
        check = " ".join(service["healthcheck"]["test"])
        assert "curl" not in check
        assert "wget" not in check
    assert "\n" not in kestra["healthcheck"]["test"][-1]
    assert "/dev/tcp/127.0.0.1/8081" in kestra["healthcheck"]["test"][-1]
    assert "pg_isready -h 127.0.0.1" in postgres["healthcheck"]["test"][-1]
    assert kestra["healthcheck"]["start_period"] == f"{settings.health_timeout}s"


def test_kestra_waits_for_a_healthy_database(kestra: dict[str, Any]) -> None:
    assert kestra["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_all_that_compose_makes_carries_our_label(compose: dict[str, Any]) -> None:
    made = [
        *compose["services"].values(),
        *compose["volumes"].values(),
        compose["networks"]["internal"],
    ]
    assert [thing["labels"][LABEL] for thing in made] == ["true"] * 4


def test_a_new_configuration_is_a_change_of_the_service(
    kestra: dict[str, Any], postgres: dict[str, Any]
) -> None:
    label = LABEL.replace("managed", "config-sha256")
    assert kestra["labels"][label] == SUM
    assert label not in postgres["labels"]


def test_limits_are_written_on_the_container(compose: dict[str, Any]) -> None:
    """A `docker update` by hand leaves the label, and so is seen."""
    for service in compose["services"].values():
        assert service["mem_limit"] == service["labels"][MEMORY_LABEL] + "m"
        assert service["pids_limit"] == int(service["labels"][PIDS_LABEL])


def test_nothing_can_fill_the_disk_or_the_memory(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["logging"] == {
            "driver": "json-file",
            "options": {"max-size": "10m", "max-file": "3"},
        }
        assert service["pids_limit"] > 0
        assert service["restart"] == "unless-stopped"
    limits = {name: service["mem_limit"] for name, service in compose["services"].items()}
    assert limits == {"kestra": "2048m", "postgres": "512m"}
    assert (
        compose["services"]["kestra"]["environment"]["JAVA_OPTS"] == f"-Xmx{heap(SIZES['kestra'])}m"
    )


def test_the_volume_is_mounted_where_the_version_wants_it(
    settings: Tools, postgres: dict[str, Any]
) -> None:
    mount = (
        "/var/lib/postgresql"
        if settings.postgres_image == "postgres:18"
        else ("/var/lib/postgresql/data")
    )
    assert postgres["volumes"] == [f"postgres-data:{mount}"]


def test_files_carry_our_mark_in_their_first_line(settings: Tools, text: str) -> None:
    assert text.startswith(f"# {HEADER}")
    assert application_file(settings, stack_of(settings), {}).content.startswith(f"# {HEADER}")


def test_files_end_with_one_line_break(settings: Tools, text: str) -> None:
    """pyinfra ends every stdin with a line break; without one here the sums would never agree."""
    for rendered in (text, application_file(settings, stack_of(settings), {}).content):
        assert rendered.endswith("\n")
        assert not rendered.endswith("\n\n")
