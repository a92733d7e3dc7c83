"""What is refused is refused before anything changes, with what, where and how to fix."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Site, changed
from tests.e2e.refusals import FITTING, SETTINGS, Refused, refused

#: Hosts in one run that connects.
_AT_ONCE = 6


@pytest.fixture
def site(converged: Site) -> Iterator[Site]:
    """The shared server with its inventory put back afterwards."""
    yield converged
    converged.declare()
    (converged.workspace.directory / ".env").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def before_connecting(converged: Site) -> Refused:
    return refused(converged, SETTINGS)


@pytest.mark.parametrize("number", range(len(SETTINGS)), ids=lambda n: ", ".join(SETTINGS[n][0]))
def test_setting_is_refused_before_connecting(before_connecting: Refused, number: int) -> None:
    done, untouched = before_connecting
    assert (done.returncode, untouched) == (1, True)
    assert "settings refused, nothing was changed" in done.stderr
    assert "Connected" not in done.stderr
    for text in SETTINGS[number][1]:
        assert text in before_connecting.of(number)


@pytest.fixture(scope="module")
def by_the_host(converged: Site) -> list[Refused]:
    """A few at a time: sshd turns connections away that come all at once."""
    return [refused(converged, FITTING[n : n + _AT_ONCE]) for n in range(0, len(FITTING), _AT_ONCE)]


@pytest.mark.parametrize("number", range(len(FITTING)), ids=lambda n: ", ".join(FITTING[n][0]))
def test_what_does_not_fit_the_host_is_refused(by_the_host: list[Refused], number: int) -> None:
    run, number_there = by_the_host[number // _AT_ONCE], number % _AT_ONCE
    assert (run.done.returncode, run.untouched) == (1, True)
    for text in ["refused, nothing was changed", *FITTING[number][1]]:
        assert text in run.of(number_there)


def test_files_that_are_not_ours_are_kept_and_the_way_out_is_one(site: Site) -> None:
    """A stranger's file, and a link: done literally, what is said mends both."""
    compose, application = "/opt/kestra/compose.yaml", "/opt/kestra/config/application.yaml"
    site.vps.run(
        f"printf 'services: {{}}\\n' > {compose}; mv {application} /root/kestra-application.yaml; "
        f"ln -s /root/kestra-application.yaml {application}"
    )
    before = site.fingerprint()
    done = site.deploy()
    assert done.returncode == 1
    assert site.fingerprint() == before
    ways_out = {
        f"{compose} is not ours": f"mv {compose} {compose}.old",
        f"{application} is a link": f'cp --remove-destination "$(readlink -f {application})" '
        + application,
    }
    for said, way_out in ways_out.items():
        assert said in done.stderr
        assert way_out in done.stderr
        site.vps.run(way_out)
    assert site.deploy().returncode == 0
    assert site.vps.run(f"cat {compose}.old").stdout == "services: {}\n"
    site.vps.run(f"rm {compose}.old /root/kestra-application.yaml")


def test_directory_volume_and_network_of_somebody_else_are_not_taken(site: Site) -> None:
    site.vps.run(
        "mkdir -p /srv/strange/config; echo theirs > /srv/strange/config/app.yaml; "
        "docker volume create strange_postgres-data; docker network create strange_internal"
    )
    names = {"container_name": "strange", "postgres_container_name": "strange-postgres"}
    ports = {"http_port": 8899, "management_port": 8898}
    site.declare(project_name="strange", root_dir="/srv/strange", **names, **ports)
    done = site.deploy()
    left = site.vps.run("find /srv/strange -type f; docker ps -aq --filter name=strange").stdout
    site.vps.run(
        "docker volume rm strange_postgres-data; docker network rm strange_internal; "
        "rm -r /srv/strange"
    )
    assert done.returncode == 1
    assert left == "/srv/strange/config/app.yaml\n"
    for said in (
        "/srv/strange holds files, and none is ours: /srv/strange/config/app.yaml",
        "a volume named strange_postgres-data exists and is not ours",
        "a network named strange_internal exists and is not ours",
    ):
        assert said in done.stderr


def test_a_foreign_container_with_our_name_is_named(site: Site) -> None:
    site.vps.run(". /opt/kestra/config/images.env; docker create --name foreign $POSTGRES_IMAGE")
    try:
        site.declare(container_name="foreign")
        done = site.deploy()
    finally:
        site.vps.run("docker rm -f foreign")
    assert done.returncode == 1
    assert "a container named foreign exists and is not ours" in done.stderr


def test_a_stranger_on_our_port_is_named(site: Site) -> None:
    site.declare(http_port=8899)
    with site.port_taken(8899):
        done = site.deploy()
    assert done.returncode == 1
    assert "port 8899 is taken by python3 (pid " in done.stderr


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("echo 'no value here' >> .env", "/opt/kestra/.env: line 12 is not KEY=value"),
        ("echo '<i>=1' >> .env", "/opt/kestra/.env: line 12 is not KEY=value"),
        (
            "sed -i 's/^\\(KESTRA_BASICAUTH_PASSWORD\\)=.*/\\1=Str0ng$word9/' .env",
            "(KESTRA_BASICAUTH_PASSWORD) holds $, a quote",
        ),
        (
            "printf \"MINE='first\\nKESTRA_HTTP_PORT=second'\\n\" >> .env",
            "/opt/kestra/.env: line 12 (MINE) opens a quote that does not end on its line",
        ),
        (
            "sed -i s/^KESTRA_ENCRYPTION_SECRET_KEY=.*/KESTRA_ENCRYPTION_SECRET_KEY=QUJD/ .env",
            "KESTRA_ENCRYPTION_SECRET_KEY in .env is not the one that Kestra has",
        ),
    ],
    ids=["no value", "no name", "dollar", "two lines", "encryption key"],
)
def test_an_env_file_that_must_not_be_used_is_left_alone(site: Site, edit: str, said: str) -> None:
    """And Kestra runs on with what it has."""
    site.vps.run(f"cp -p /opt/kestra/.env /root/env; cd /opt/kestra && {edit}")
    try:
        before = site.fingerprint()
        done = site.deploy()
        assert site.fingerprint() == before
    finally:
        site.vps.run("mv /root/env /opt/kestra/.env")
    assert done.returncode == 1
    assert said in done.stderr


def test_a_broken_daemon_json_is_left_alone(site: Site) -> None:
    site.vps.run("cp -p /etc/docker/daemon.json /root/d; echo '{' > /etc/docker/daemon.json")
    try:
        done = site.deploy()
        assert site.vps.run("cat /etc/docker/daemon.json").stdout == "{\n"
    finally:
        site.vps.run("mv /root/d /etc/docker/daemon.json")
    assert done.returncode == 1
    assert "/etc/docker/daemon.json on the host" in done.stderr
    # For all the daemon could know, the file that came back says something else.
    assert changed(site.deploy()) == 1


def test_wrong_database_password_is_named_and_data_kept(site: Site) -> None:
    """The state after an `.env` was replaced under an existing database."""
    site.vps.run(
        "cp -p /opt/kestra/.env /root/env; "
        "sed -i s/^KESTRA_DB_PASSWORD=.*/KESTRA_DB_PASSWORD=AnotherValue123/ /opt/kestra/.env"
    )
    try:
        done = site.deploy()
    finally:
        site.vps.run("mv /root/env /opt/kestra/.env")
    assert done.returncode == 1
    assert "PostgreSQL refuses the KESTRA_DB_PASSWORD" in done.stderr
    assert "AnotherValue123" not in done.stdout + done.stderr
    assert "nothing was changed" in done.stderr, "the containers had the last copy"
    assert site.plan() == []


def test_storage_that_cannot_be_written_stops_the_deploy(site: Site) -> None:
    site.vps.run("chmod 700 /opt")
    try:
        done = site.deploy()
    finally:
        site.vps.run("chmod 755 /opt")
    assert done.returncode == 1
    assert "/opt/kestra/tools/kestra/storage is not writable for uid " in done.stderr


def test_operators_keys_and_comments_in_env_are_kept(site: Site) -> None:
    site.vps.run(
        "printf '# mine\\nMY_OWN=1\\n' >> /opt/kestra/.env; sed -i /^KESTRA_HTTP/d /opt/kestra/.env"
    )
    done = site.deploy()
    assert ".env: KESTRA_HTTP_PORT: removed; declared: 8080" in done.stderr
    kept = site.vps.run("grep -c -e '^# mine' -e '^MY_OWN=1' /opt/kestra/.env").stdout
    assert kept == "2\n"
    assert changed(site.deploy()) == 0


def test_inventory_without_hosts_says_how_to_make_one(site: Site) -> None:
    (site.workspace.directory / "inventory" / "servers.py").unlink()
    done = site.deploy()
    assert done.returncode == 1
    assert "cp inventory/_server.py inventory/server.py" in done.stderr


def test_a_limit_that_matches_nothing_is_an_error(site: Site) -> None:
    done = site.deploy("--limit", "nobody")
    assert done.returncode == 1
    assert "leaves no host; the inventory has:" in done.stderr


def test_credentials_refuse_a_pipe(site: Site) -> None:
    done = site.workspace.run("kestra-provision", "credentials", site.vps.name)
    assert done.returncode == 1
    assert "--force" in done.stderr
    forced = site.workspace.run("kestra-provision", "credentials", site.vps.name, "--force")
    assert forced.returncode == 0, forced.stderr
    assert "KESTRA_BASICAUTH_PASSWORD" in forced.stdout
