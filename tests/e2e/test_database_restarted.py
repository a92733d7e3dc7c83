"""A database that went away for a moment under a Kestra that lives: no green without work."""

from __future__ import annotations

from tests.e2e.conftest import WAIT_FOR_KESTRA, Site


def started(site: Site, container: str) -> str:
    return site.vps.run(f"docker inspect -f '{{{{.State.StartedAt}}}}' {container}").stdout


def test_a_deploy_leaves_no_kestra_that_is_older_than_its_database(converged: Site) -> None:
    """One closes its ports, one exits, one answers for minutes: only a new one works for sure."""
    converged.vps.run(WAIT_FOR_KESTRA)
    converged.vps.run("docker stop -t 5 tools-kestra-postgres; docker start tools-kestra-postgres")
    done = converged.deploy()
    assert done.returncode == 0, done.stderr
    assert started(converged, "tools-kestra") > started(converged, "tools-kestra-postgres")
    assert converged.command("doctor").returncode == 0
