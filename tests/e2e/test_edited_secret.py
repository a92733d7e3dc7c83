"""A secret that somebody edits in `.env` on the host: nothing runs with the old one unsaid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kestra_provision.settings import passwords
from tests.e2e.aftermath import assert_tidy, secrets_sum
from tests.e2e.conftest import Site
from tests.e2e.under_way import killed_at

EDITED = "Edited-by-hand-1"
NAME = passwords.BASIC_AUTH
INSIDE = f"docker exec tools-kestra grep -c {EDITED} /etc/kestra/application.yaml"


@pytest.fixture
def site(converged: Site) -> Iterator[Site]:
    """The shared server with another password in its `.env`; it gets the old one back."""
    before = secrets_sum(converged)
    converged.vps.run(
        f"cp -p /opt/kestra/.env /root/env; sed -i 's/^{NAME}=.*/{NAME}={EDITED}/' /opt/kestra/.env"
    )
    yield converged
    converged.vps.run("cp -p /root/env /opt/kestra/.env")
    done = converged.deploy()
    assert done.returncode == 0, done.stderr
    assert_tidy(converged, before)


def test_it_arrives_though_the_deploy_is_killed_half_way(site: Site) -> None:
    """The file is new and the container is not; somebody restarts it, and it has the new one."""
    refused = site.command("start", site.vps.name, "--yes")
    assert refused.returncode == 1
    assert f"{NAME} in .env is not what Kestra would start with" in refused.stderr
    script = site.vps.run("/opt/kestra/tools/kestra/scripts/run.sh --detach", check=False)
    assert script.returncode == 1
    assert f"{NAME} in /opt/kestra/.env is not what " in script.stderr
    killed_at(site, "Starting operation: scripts | scripts and port map")
    assert site.vps.run(INSIDE, check=False).stdout == "0\n"
    assert "stack | PostgreSQL and Kestra run as declared" in site.plan()
    site.vps.run("docker restart tools-kestra")
    done = site.deploy()
    assert done.returncode == 0, done.stderr
    assert site.vps.run(INSIDE).stdout == "1\n"
    assert EDITED not in f"{done.stdout}{done.stderr}{refused.stderr}{script.stderr}"
