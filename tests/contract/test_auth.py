"""Who gets in: below 0.24 as recorded, from 0.24 on as the public source has it (unrecorded)."""

import httpx
import pytest

from tests.contract.changes import changed
from tests.contract.container import PASSWORD, USER
from tests.contract.stack import Stack

BASIC = "kestra.server.basic-auth"
SEARCH = "/api/v1/flows/search"
NEW_SEARCH = "/api/v1/main/flows/search"
WEBHOOK = "/api/v1/main/executions/webhook/a/b/c"
NEW = "v1.3.39"


def test_without_enabled_everybody_gets_in(stack: Stack) -> None:
    works = changed(stack.configuration(stack.new_database()), f"{BASIC}.enabled")
    server = stack.run(works).wait_until_healthy().server()
    assert httpx.get(f"{server.url}{SEARCH}").status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [("Basic", 500), ("Basic ###", 422), ("Bearer x", 401), ("Basic eA==", 401)],
)
def test_odd_headers(header: str, status: int, old_url: str) -> None:
    answer = httpx.get(f"{old_url}{SEARCH}", headers={"Authorization": header})
    assert answer.status_code == status


def test_open_urls_replace_the_default_ones(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    works = changed(works, f"{BASIC}.open-urls", ["/api/v1/flows"])
    url = stack.run(works).wait_until_healthy().server().url
    assert httpx.get(f"{url}{SEARCH}").status_code == 200
    assert httpx.get(f"{url}/ping").status_code == 401


def test_new_versions_need_a_login_whatever_enabled_says(stack: Stack) -> None:
    works = changed(stack.configuration(stack.new_database()), f"{BASIC}.enabled", False)
    url = stack.run(works, version=NEW).wait_until_healthy().server().url
    assert httpx.get(f"{url}{NEW_SEARCH}").status_code == 401
    assert httpx.get(f"{url}{NEW_SEARCH}", auth=(USER, "Wr0ngPassword")).status_code == 401
    assert httpx.get(f"{url}{NEW_SEARCH}", auth=(USER, PASSWORD)).status_code == 200


def test_new_versions_have_no_resources_outside_the_tenant(new_url: str) -> None:
    assert httpx.get(f"{new_url}{SEARCH}", auth=(USER, PASSWORD)).status_code == 404


def test_new_versions_show_configs_and_pages_to_everybody(new_url: str) -> None:
    assert httpx.get(f"{new_url}/api/v1/configs").json()["isBasicAuthInitialized"] is True
    assert httpx.get(f"{new_url}/ui/").status_code == 200
    assert httpx.get(f"{new_url}/api/v1/plugins").status_code == 401
    # The hole of CVE-2026-53576 is not part of a patched version.
    assert httpx.get(f"{new_url}/api/v1/main/flows/a/configs").status_code == 401


def test_new_versions_keep_webhooks_closed(new_url: str) -> None:
    assert httpx.post(f"{new_url}{WEBHOOK}").status_code == 401


@pytest.mark.parametrize(
    ("username", "password"), [("admin", PASSWORD), (USER, "short"), (USER, "nouppercase1")]
)
def test_invalid_credentials_leave_new_versions_to_the_first_visitor(
    username: str, password: str, stack: Stack
) -> None:
    works = changed(stack.configuration(stack.new_database()), f"{BASIC}.username", username)
    works = changed(works, f"{BASIC}.password", password)
    url = stack.run(works, version=NEW).wait_until_healthy().server().url
    assert httpx.get(f"{url}{NEW_SEARCH}", auth=(username, password)).status_code == 401
    assert httpx.get(f"{url}/api/v1/basicAuthValidationErrors").json() != []
    visitor = {"username": "visitor@example.com", "password": "V1sitorPass"}
    setup = f"{url}/api/v1/main/basicAuth"
    assert httpx.post(setup, json={**visitor, "password": "weak"}).status_code == 422
    assert httpx.post(setup, json=visitor).status_code == 204
    assert httpx.post(setup, json=visitor).status_code == 401
    login = (visitor["username"], visitor["password"])
    assert httpx.get(f"{url}{NEW_SEARCH}", auth=login).status_code == 200


def test_configured_credentials_win_at_every_start(stack: Stack) -> None:
    works = stack.configuration(stack.new_database())
    stack.run(works, version=NEW).wait_until_healthy()
    rotated = changed(works, f"{BASIC}.password", "R0tatedPass")
    url = stack.run(rotated, version=NEW).wait_until_healthy().server().url
    assert httpx.get(f"{url}{NEW_SEARCH}", auth=(USER, PASSWORD)).status_code == 401
    assert httpx.get(f"{url}{NEW_SEARCH}", auth=(USER, "R0tatedPass")).status_code == 200


@pytest.fixture(scope="module")
def old_url(stack: Stack) -> str:
    """Return the address of a recorded version with auth on."""
    return stack.healthy().server().url


@pytest.fixture(scope="module")
def new_url(stack: Stack) -> str:
    """Return the address of a new version."""
    return stack.healthy(NEW).server().url
