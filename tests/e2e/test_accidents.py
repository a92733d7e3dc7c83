"""What happens to a server between two runs, or during one: said or repaired, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.accidents import (
    DAMAGES,
    LOSSES,
    LOST,
    deployed,
    docker_disk,
    empty_docker,
    own_disk,
    refused,
)
from tests.e2e.aftermath import assert_tidy, secrets_sum, wait_for_docker_to_tidy_up
from tests.e2e.conftest import Site
from tests.e2e.sample import fair
from tests.e2e.under_way import deploying

_VOLUME = "tools-kestra_postgres-data"


@pytest.fixture(scope="module")
def server(new_site: Callable[..., Site]) -> Site:
    site = new_site("kp-accident", docker=True)
    deployed(site)
    return site


@pytest.fixture
def mended(server: Site) -> Iterator[Site]:
    """The provisioned server, for a test that ends with a deploy: nothing is left to do then."""
    before = secrets_sum(server)
    server.vps.run("cp -p /opt/kestra/.env /root/env; systemctl reset-failed docker")
    yield server
    server.declare()
    (server.workspace.directory / ".env").unlink(missing_ok=True)
    assert_tidy(server, before)


@pytest.fixture
def site(mended: Site) -> Iterator[Site]:
    """The provisioned server; whatever the test did, it converges, with the secrets it had."""
    yield mended
    mended.declare()
    (mended.workspace.directory / ".env").unlink(missing_ok=True)
    deployed(mended)


@pytest.mark.parametrize("accident", fair(LOSSES, 5))
def test_lost_secrets_come_back_from_the_containers(mended: Site, accident: str) -> None:
    mended.vps.run(LOSSES[accident])
    assert "and taken from our container" in deployed(mended)


def test_secrets_lost_for_good_are_said_before_anything_changes(site: Site) -> None:
    """Nothing that knows them is left, and the database would shut out new secrets."""
    site.vps.run(LOST)
    before = site.fingerprint()
    refused(
        site,
        "KESTRA_DB_PASSWORD and KESTRA_ENCRYPTION_SECRET_KEY of the database in volume "
        f"{_VOLUME} are nowhere",
        "/opt/kestra/.env on the host",
        "put the old file back",
        "nothing was changed",
    )
    assert site.fingerprint() == before
    site.vps.run("mv /root/env /opt/kestra/.env")


@pytest.mark.long
def test_secrets_are_taken_from_the_operators_env_when_nothing_else_is_left(mended: Site) -> None:
    site = mended
    secrets = site.vps.run("grep -E 'PASSWORD=|SECRET_KEY=' /opt/kestra/.env").stdout
    (site.workspace.directory / ".env").write_text(secrets)
    site.vps.run(LOST)
    deployed(site)


def test_file_cut_off_within_a_name_is_left_alone(site: Site) -> None:
    site.vps.run(
        "sed -i 's/^KESTRA_DB_PASSWORD=.*/KESTRA_DB_PASS/; /^KESTRA_DB_PASS$/q' /opt/kestra/.env"
    )
    before = site.fingerprint()
    refused(site, "is not KEY=value", "the file was left as it is", "mend it there, then run again")
    assert site.fingerprint() == before
    site.vps.run("sed -i '$d' /opt/kestra/.env")  # as the message says


@pytest.mark.parametrize("name", fair(DAMAGES, 4))
def test_env_file_is_repaired(mended: Site, name: str) -> None:
    site, (accident, proof) = mended, DAMAGES[name]
    site.vps.run(accident)
    assert "secrets | .env with settings and secrets" in site.plan()
    deployed(site)
    assert site.vps.run(proof, check=False).returncode == 0


def test_renamed_container_gets_its_name_back(mended: Site) -> None:
    site = mended
    before = site.vps.run("docker inspect -f {{.Id}} tools-kestra-postgres").stdout
    site.vps.run("docker rename tools-kestra-postgres by-hand")
    assert "stack | PostgreSQL and Kestra run as declared" in site.plan()
    deployed(site)
    assert site.vps.run("docker inspect -f {{.Id}} tools-kestra-postgres").stdout == before


@pytest.mark.long
def test_container_replaced_by_a_strangers_is_named(site: Site) -> None:
    site.vps.run(
        ". /opt/kestra/config/images.env; docker rm -f tools-kestra; "
        "docker create --name tools-kestra $KESTRA_IMAGE"
    )
    refused(site, "a container named tools-kestra exists and is not ours", "docker rename")
    site.vps.run("docker rm tools-kestra")


@pytest.mark.long
def test_new_password_under_an_old_database_is_named_and_mended(site: Site) -> None:
    """First the operator gives a wrong one, then does what the message says."""
    (site.workspace.directory / ".env").write_text(
        "KESTRA_DB_PASSWORD=AnotherValue123\n"
        + site.vps.run("grep SECRET_KEY= /opt/kestra/.env").stdout
    )
    password = site.vps.run("sed -n 's/^KESTRA_DB_PASSWORD=//p' /opt/kestra/.env").stdout
    made = site.vps.run(f"docker volume inspect -f '{{{{.CreatedAt}}}}' {_VOLUME}").stdout
    site.vps.run(LOST)
    refused(
        site,
        "PostgreSQL refuses the KESTRA_DB_PASSWORD of /opt/kestra/.env for kestra",
        "is untouched",
    )
    assert site.vps.run(f"docker volume inspect -f '{{{{.CreatedAt}}}}' {_VOLUME}").stdout == made
    site.vps.run(
        "IFS= read -r old; sed -i s/^KESTRA_DB_PASSWORD=.*/KESTRA_DB_PASSWORD=$old/ "
        "/opt/kestra/.env; sed -i /^KESTRA_BASICAUTH_PASSWORD=/d /opt/kestra/.env; "
        "grep ^KESTRA_BASICAUTH_PASSWORD= /root/env >> /opt/kestra/.env",
        stdin=password,
    )


@pytest.mark.long
def test_role_given_the_new_password(site: Site) -> None:
    """The other way the message names: the role gets the password of `.env`."""
    site.vps.run(
        "sed -i s/^KESTRA_DB_PASSWORD=.*/KESTRA_DB_PASSWORD=AnotherValue123/ /opt/kestra/.env"
    )
    refused(site, "PostgreSQL refuses the KESTRA_DB_PASSWORD", "\\password")
    site.vps.run(
        "docker exec -i tools-kestra-postgres psql -U kestra -d kestra",
        stdin="alter role kestra password 'AnotherValue123'",
    )
    deployed(site)
    site.vps.run(
        "docker exec -i tools-kestra-postgres psql -U kestra -d kestra",
        stdin="alter role kestra password '"
        + site.vps.run("sed -n 's/^KESTRA_DB_PASSWORD=//p' /root/env").stdout.strip()
        + "'",
    )
    site.vps.run("mv /root/env /opt/kestra/.env")


def test_stopped_docker_is_started(site: Site) -> None:
    site.vps.run("systemctl stop docker.socket docker")
    assert "docker | service runs, now and after a boot" in site.plan()


@pytest.mark.long
def test_moved_tag_is_put_back(mended: Site) -> None:
    site = mended
    site.vps.run(". /opt/kestra/config/images.env; docker tag $KESTRA_IMAGE $POSTGRES_IMAGE")
    assert "images | loaded from the archive and recorded" in site.plan()
    deployed(site)


@pytest.mark.long
def test_port_taken_after_preflight_is_named_with_its_setting(site: Site) -> None:
    site.vps.run("docker rm -f tools-kestra")
    with deploying(site) as run:
        run.until("Starting operation: directories | owner and mode")
        with site.port_taken(8081):
            assert run.end() == 1
        assert "port 8081 is taken by python3 (pid " in run.said
        assert "set management_port to a free port" in run.said


@pytest.fixture
def small_disk(site: Site) -> Iterator[Site]:
    """The server with all of `/opt/kestra` on a filesystem that a test can fill."""
    with own_disk(site):
        site.declare(min_disk_gb=1)
        yield site


@pytest.mark.long
def test_full_disk_keeps_the_old_files(small_disk: Site) -> None:
    site = small_disk
    site.vps.run(
        "dd if=/dev/zero of=/opt/kestra/fill bs=64k 2>/dev/null; "
        "dd if=/dev/zero of=/opt/kestra/fill2 bs=1 2>/dev/null",
        check=False,
    )
    before = site.vps.run("cd /opt/kestra; sha256sum .env compose.yaml config/*").stdout
    site.declare(min_disk_gb=1, http_port=8090)
    refused(site, "No space left on device")
    assert site.vps.run("cd /opt/kestra; sha256sum .env compose.yaml config/*").stdout == before
    assert site.vps.run("find /opt/kestra -name '.*.kestra-provision'").stdout == ""
    site.vps.run("rm /opt/kestra/fill*")
    deployed(site)


@pytest.fixture
def small_docker(site: Site) -> Iterator[Site]:
    """The server with a Docker that has hardly more room than the archive, and no data yet."""
    with empty_docker(site):
        site.declare(min_disk_gb=1)
        yield site


@pytest.mark.long
def test_disk_that_is_too_small_for_docker_or_fills_up(small_docker: Site) -> None:
    """Refused with numbers; filled by somebody else, what was loaded by half goes away again."""
    site = small_docker
    site.declare()
    refused(site, " GB, at least 30 GB wanted", "set min_disk_gb = ")
    site.declare(min_disk_gb=1)
    refused(site, "loading the images needs ", " GB are free", "docker system df")
    site.vps.run(docker_disk(site, 4))
    with deploying(site) as run:
        run.until("40% of ")
        site.vps.run(docker_disk(site, 1))
        assert run.end() == 1
        assert "no space left on device" in run.said, run.said
        assert "Traceback" not in run.said, run.said
    wait_for_docker_to_tidy_up(site)
    assert site.vps.run("docker images -q").stdout == ""
    site.vps.run(docker_disk(site, 4))
    deployed(site)
