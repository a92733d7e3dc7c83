"""From one profile to another on one server: refused with what stays behind, done safely."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from tests.e2e.api import api, execute
from tests.e2e.conftest import Site, found

#: Nobody changes the profile of a server often.
pytestmark = pytest.mark.long

ASIDE = "/opt/kestra.tools-kestra"
LEFT = [
    "the data in volume tools-kestra_postgres-data",
    "the files in /opt/kestra/tools/kestra/storage",
    "the secrets in /opt/kestra/.env",
]
BELONGS = "/opt/kestra belongs to the stack tools-kestra of profile tools on the host"


@pytest.fixture(scope="module")
def tools(new_site: Callable[..., Site]) -> Site:
    """A server that was provisioned with PostgreSQL."""
    site = new_site("moving", docker=True)
    assert_deployed(site)
    return site


@pytest.fixture(scope="module")
def execution(tools: Site) -> str:
    """It has data."""
    return execute(tools, "moved", "PT0.1S")


def assert_deployed(site: Site) -> None:
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr


def assert_refused(site: Site, done: CompletedProcess[str], *said: str) -> str:
    """Says all of this, in lines of any length; returns what it says in one."""
    text = " ".join(done.stderr.split())
    assert done.returncode == 1, text
    for each in ("refused, nothing was changed", *said):
        assert each in text, text
    return text


def aside(text: str) -> str:
    """The command that puts the other stack aside."""
    (command,) = re.findall(r"or put the other aside: (.*? && mv \S+ \S+)", text)
    return str(command)


def test_quick_over_tools_is_refused_by_all_that_look(tools: Site, execution: str) -> None:
    quick = tools.of_profile("quick")
    before = quick.fingerprint()
    for arguments in ((), ("--dry",)):
        assert_refused(quick, quick.workspace.deploy("-y", *arguments), BELONGS, *LEFT)
    # Its ports are taken too, which whoever wants both has to know.
    (finding,) = [f for f in found(quick.drift()) if BELONGS in f["actual"]]
    assert finding["stage"] == "preflight"
    assert all(left in finding["actual"] for left in LEFT)
    assert quick.fingerprint() == before
    assert json.loads(api(quick, f"call executions/{execution}"))["id"] == execution


def test_containers_that_are_gone_hide_nothing(tools: Site, execution: str) -> None:
    quick = tools.of_profile("quick")
    quick.vps.run("docker rm -f tools-kestra tools-kestra-postgres")
    assert_refused(quick, quick.deploy(), BELONGS, *LEFT)
    quick.vps.run("mv /opt/kestra/compose.yaml /root")
    assert_refused(quick, quick.deploy(), BELONGS, *LEFT)
    quick.vps.run("mv /root/compose.yaml /opt/kestra")
    one_name = tools.of_profile("quick")
    one_name.declare(project_name="tools-kestra")
    assert_refused(one_name, one_name.deploy(), BELONGS, *LEFT, "a project_name of its own")


def test_the_other_is_put_aside_and_goes_on_beside(tools: Site, execution: str) -> None:
    quick = tools.of_profile("quick")
    quick.vps.run(aside(assert_refused(quick, quick.deploy(), BELONGS)))
    assert_deployed(quick)
    assert quick.plan() == []

    tools.declare()
    assert_refused(
        tools,
        tools.deploy(),
        "belongs to the stack kestra-quick of profile quick on the host",
        "the data in /opt/kestra/tools/kestra/database/kestra.mv.db",
        "set profile = 'quick', project_name = 'kestra-quick' to go on with it",
    )
    tools.declare(root_dir=ASIDE)
    taken = assert_refused(tools, tools.deploy(), "port 8080 is taken by container kestra-quick")
    assert "belongs to" not in taken
    tools.declare(root_dir=ASIDE, http_port=9080, management_port=9081)
    assert_deployed(tools)
    assert json.loads(api(tools, f"call executions/{execution}", ASIDE))["id"] == execution
    running = tools.vps.run("docker ps --format '{{.Names}}' | sort").stdout.split()
    assert running == ["kestra-quick", "tools-kestra", "tools-kestra-postgres"]
