"""Who gets in, and to whom an instance belongs that nobody has set up."""

import httpx
import pytest

from tests.contract.changes import changed
from tests.contract.container import PASSWORD, USER, Container
from tests.contract.stack import OLD, Stack

BASIC = "kestra.server.basic-auth"
OLD_SEARCH = "/api/v1/flows/search"
SEARCH = "/api/v1/main/flows/search"
VISITOR = {"username": "visitor@example.com", "password": "V1sitorPass"}
SETUP = "/api/v1/main/basicAuth"
INVALID_NAME = "Invalid username for Basic Authentication. Please provide a valid email address."
NO_PASSWORD = "No password set for Basic Authentication. Please provide a password."
WEAK_PASSWORD = (
    "Invalid password for Basic Authentication."
    " The password must have 8 chars, one upper, one lower and one number"
)
#: A block that does not do, and why, in the server's own words.
USELESS: dict[str, tuple[dict[str, str] | None, list[str]]] = {
    "no e-mail address": ({"username": "admin", "password": PASSWORD}, [INVALID_NAME]),
    "weak password": ({"username": USER, "password": "short"}, [WEAK_PASSWORD]),
    "no upper case": ({"username": USER, "password": "nouppercase1"}, [WEAK_PASSWORD]),
    "no password": ({"username": USER}, [NO_PASSWORD]),
    "empty password": ({"username": USER, "password": ""}, [WEAK_PASSWORD]),
    "no block": (None, []),
}


def test_old_versions_let_everybody_in_without_enabled(stack: Stack) -> None:
    works = changed(stack.configuration(stack.new_database()), f"{BASIC}.enabled")
    server = stack.run(works, version=OLD).wait_until_healthy().server()
    assert httpx.get(f"{server.url}{OLD_SEARCH}").status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [("Basic", 500), ("Basic ###", 422), ("Bearer x", 401), ("Basic eA==", 401)],
)
def test_odd_headers_of_0_20(header: str, status: int, old_url: str) -> None:
    answer = httpx.get(f"{old_url}{OLD_SEARCH}", headers={"Authorization": header})
    assert answer.status_code == status


def test_open_urls_replace_the_default_ones(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    works = changed(works, f"{BASIC}.open-urls", ["/api/v1/flows"])
    url = stack.run(works, version=OLD).wait_until_healthy().server().url
    assert httpx.get(f"{url}{OLD_SEARCH}").status_code == 200
    assert httpx.get(f"{url}/ping").status_code == 401


def test_a_login_is_needed_whatever_enabled_says(stack: Stack) -> None:
    works = changed(stack.configuration(stack.new_database()), f"{BASIC}.enabled", False)
    url = stack.run(works).wait_until_healthy().server().url
    assert httpx.get(f"{url}{SEARCH}").status_code == 401
    assert httpx.get(f"{url}{SEARCH}", auth=(USER, "Wr0ngPassword")).status_code == 401
    assert httpx.get(f"{url}{SEARCH}", auth=(USER, PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    "rest", ["flows/search", "executions/search", "namespaces/search", "kv", "logs/search"]
)
def test_the_tenant_may_be_left_out_and_be_no_other(rest: str, url: str) -> None:
    login = (USER, PASSWORD)
    assert httpx.get(f"{url}/api/v1/{rest}", auth=login).status_code == 200
    assert httpx.get(f"{url}/api/v1/{rest}").status_code == 401
    assert httpx.get(f"{url}/api/v1/stranger/{rest}").status_code == 400


def test_configs_and_pages_are_for_everybody(url: str) -> None:
    assert httpx.get(f"{url}/api/v1/configs").json()["isBasicAuthInitialized"] is True
    assert httpx.get(f"{url}/ui/").status_code == 200
    assert httpx.get(f"{url}/api/v1/plugins").status_code == 401


@pytest.mark.parametrize(
    ("version", "status"), [("v1.3.19", 404), ("v1.3.20", 404), ("v1.3.21", 401), ("v1.0.45", 401)]
)
def test_the_hole_of_cve_2026_53576(version: str, status: int, stack: Stack) -> None:
    """A path that only ends in `/configs` passes without a login until it is patched."""
    url = stack.healthy(version).server().url
    assert httpx.get(f"{url}/api/v1/main/flows/a/configs").status_code == status
    assert httpx.get(f"{url}{SEARCH}").status_code == 401


@pytest.fixture(scope="module")
def useless(stack: Stack) -> dict[str, Container]:
    """Start all of them at once: one by one would take long."""
    found = {}
    for name, (block, _) in USELESS.items():
        works = stack.configuration(stack.new_database())
        works = changed(works, BASIC) if block is None else changed(works, BASIC, block)
        found[name] = stack.run(works)
    return found


@pytest.mark.parametrize("name", USELESS)
def test_a_useless_block_leaves_the_instance_to_its_first_visitor(
    name: str, useless: dict[str, Container]
) -> None:
    block, reasons = USELESS[name]
    # Healthy on the port that tells health: nothing there says that nobody gets in.
    url = useless[name].wait_until_healthy().server().url
    assert httpx.get(f"{url}/ping").status_code == 200
    given = block or {}
    login = (given.get("username", USER), given.get("password", PASSWORD))
    assert httpx.get(f"{url}{SEARCH}", auth=login).status_code == 401
    assert httpx.get(f"{url}{SEARCH}").status_code == 401
    assert httpx.get(f"{url}/api/v1/configs").json()["isBasicAuthInitialized"] is False
    assert httpx.get(f"{url}/api/v1/basicAuthValidationErrors").json() == reasons
    assert httpx.post(f"{url}{SETUP}", json={**VISITOR, "password": "weak"}).status_code == 400
    assert httpx.post(f"{url}{SETUP}", json=VISITOR).status_code == 204
    assert httpx.post(f"{url}{SETUP}", json=VISITOR).status_code == 401
    assert httpx.get(f"{url}/api/v1/configs").json()["isBasicAuthInitialized"] is True
    login = (VISITOR["username"], VISITOR["password"])
    assert httpx.get(f"{url}{SEARCH}", auth=login).status_code == 200


def test_credentials_of_the_configuration_win_and_stay_when_they_are_taken_out(
    stack: Stack,
) -> None:
    works = stack.configuration(stack.new_database())
    nobody = changed(works, BASIC)
    first = stack.run(nobody).wait_until_healthy()
    assert httpx.post(f"{first.url(8080)}{SETUP}", json=VISITOR).status_code == 204
    visitor = (VISITOR["username"], VISITOR["password"])
    stack.docker("stop", first.name)

    second = stack.run(works).wait_until_healthy()
    url = second.url(8080)
    assert httpx.get(f"{url}{SEARCH}", auth=visitor).status_code == 401
    assert httpx.get(f"{url}{SEARCH}", auth=(USER, PASSWORD)).status_code == 200
    stack.docker("stop", second.name)

    url = stack.run(nobody).wait_until_healthy().url(8080)
    assert httpx.get(f"{url}{SEARCH}").status_code == 401
    assert httpx.get(f"{url}{SEARCH}", auth=(USER, PASSWORD)).status_code == 200


@pytest.fixture(scope="module")
def old_url(stack: Stack) -> str:
    """Return the address of a 0.20 with auth on."""
    return stack.healthy(OLD).server().url


@pytest.fixture(scope="module")
def url(stack: Stack) -> str:
    """Return the address of the default version."""
    return stack.healthy().server().url
