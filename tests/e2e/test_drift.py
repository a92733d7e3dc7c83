"""What the drift check sees beyond the plan of operations, and that it leaves no trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import STOP_KESTRA, WAIT_FOR_SICK_KESTRA, Site, found

_PSQL = "docker exec -i tools-kestra-postgres psql -U kestra -d kestra -q"
_OLD_SERVICE = """
cd /opt/kestra && . config/images.env && cat > /tmp/more.yaml <<END
name: tools-kestra
services:
  old:
    image: "$POSTGRES_IMAGE"
    container_name: old
    entrypoint: [sleep, "600"]
    labels: {io.kestra-provision.managed: "true"}
END
docker compose --project-directory . -f /tmp/more.yaml up -d --pull never
set -- --label com.docker.compose.project=tools-kestra --entrypoint sleep
docker run -d --name theirs "$@" --label com.docker.compose.service=a "$POSTGRES_IMAGE" 600
set -- --label io.kestra-provision.managed=true "$@"
docker run -d --name unmade "$@" --label com.docker.compose.service=b "$POSTGRES_IMAGE" 600"""


@pytest.fixture
def site(converged: Site) -> Iterator[Site]:
    """The shared server, converged again afterwards."""
    yield converged
    back = f"{_PSQL} -c \"alter role kestra password '$(cat /run/kept)'\""
    converged.vps.run(
        f"[ ! -e /run/kept ] || {back}; rm -f /run/kept; docker volume rm -f old-data"
    )
    assert converged.deploy().returncode == 0


def said(report: dict[str, object], severity: str = "drift") -> list[str]:
    return [f"{f['stage']} | {f['what']} | {f['actual']}" for f in found(report, severity)]


def test_clean_host_and_no_trace(site: Site) -> None:
    site.mark()
    report = site.drift()
    assert found(report) == []
    assert report["result"] == "clean"
    assert site.newer() == ""


def test_environment_of_the_host_steers_nothing(site: Site) -> None:
    """sshd gives it to every command, and compose takes it before `.env`."""
    steering = "KESTRA_HTTP_PORT=9999\nCOMPOSE_FILE=/nowhere.yaml\n"
    site.vps.run(f"cp -p /etc/environment /run/; printf '{steering}' >> /etc/environment")
    try:
        assert site.vps.ssh("printenv KESTRA_HTTP_PORT").stdout.strip() == "9999"
        assert found(site.drift()) == []
    finally:
        site.vps.run("cp -p /run/environment /etc/environment")


def test_password_that_the_database_refuses(site: Site) -> None:
    site.vps.run(
        'umask 077; . /opt/kestra/.env; echo "$KESTRA_DB_PASSWORD" > /run/kept; '
        f"{_PSQL} -c \"alter role kestra password 'Obviously-fake-1'\""
    )
    (line,) = [s for s in said(site.drift()) if "database login" in s]
    assert line.startswith("health | database login | PostgreSQL refuses the KESTRA_DB_PASSWORD")


def test_password_that_the_api_refuses_and_no_secret_anywhere(site: Site, tmp_path: Path) -> None:
    site.vps.run(
        "sed -i 's/^KESTRA_BASICAUTH_PASSWORD=.*/KESTRA_BASICAUTH_PASSWORD=Obviously-fake-2/' "
        "/opt/kestra/.env"
    )
    page = tmp_path / "drift.html"
    report = site.drift("--html", str(page))
    text = site.command("drift", "inventory")
    assert text.returncode == 2
    shown = f"{report} {text.stdout} {text.stderr} {page.read_text()}"
    assert any(s.startswith("health | API with ours | 401") for s in said(report)), said(report)
    assert any(s.startswith("stack | container tools-kestra | ") for s in said(report))
    for value in site.vps.run("grep -E '(PASSWORD|KEY)=' /opt/kestra/.env").stdout.split():
        assert value.partition("=")[2].strip("'") not in shown


def test_stopped_database_under_a_live_kestra(site: Site) -> None:
    """Kestra serves nothing any more, and its container stays up for a minute and more.

    A stopped process keeps that state for as long as the test looks.
    """
    site.vps.run("docker stop tools-kestra-postgres")
    site.vps.run(WAIT_FOR_SICK_KESTRA)
    site.vps.run(STOP_KESTRA)
    report = site.drift()
    lines = said(report)
    site.vps.run("docker rm -f tools-kestra")  # or it restarts, which is told from then on
    causes = [f["what"] for f in found(report) if not f["follows"]]
    assert causes == ["container tools-kestra-postgres"], lines
    assert "stack | container tools-kestra-postgres | is exited" in lines
    stopped = "health | container tools-kestra-postgres | the container is exited"
    assert any(s.startswith(stopped) for s in lines)
    (kestra,) = [s for s in lines if "tools-kestra without its database" in s]
    assert "the container is Up" in kestra


def test_orphans_limits_and_keys_of_the_operators_own(site: Site) -> None:
    site.vps.run(
        f"set -e; {_OLD_SERVICE}; echo MY_TOKEN=do-not-show >> /opt/kestra/.env; "
        "docker volume create --label com.docker.compose.project=tools-kestra old-data; "
        "docker update --pids-limit 100 tools-kestra"
    )
    report = site.drift()
    assert sorted(line for line in said(report) if line.startswith("stack")) == [
        "stack | container old | belongs to no service any more",
        "stack | container tools-kestra | may start 100 processes, not 2048",
        "stack | container unmade | belongs to no service any more",
    ]
    assert said(report, "notice") == [
        "secrets | .env: MY_TOKEN | a key of the operator's own, kept; no container gets it",
        "host | volume old-data | ours, and of no service",
    ]
    assert "do-not-show" not in str(report)
    assert site.deploy().returncode == 0
    left = site.vps.run("docker ps --format '{{.Names}}' | grep -v tools-kestra").stdout
    assert left == "theirs\n"
    site.vps.run("docker rm -f theirs")
    report = site.drift()
    assert (report["result"], len(said(report, "notice"))) == ("clean", 2)
    site.vps.run("sed -i /MY_TOKEN/d /opt/kestra/.env")


def test_restarts_are_a_notice(site: Site) -> None:
    site.vps.run(
        "kill -9 $(docker inspect -f '{{.State.Pid}}' tools-kestra); "
        "until [ $(docker inspect -f '{{.RestartCount}}' tools-kestra) = 1 ]; do sleep 0.1; done"
    )
    deadline = time.monotonic() + 300
    while (report := site.drift())["result"] != "clean" and time.monotonic() < deadline:
        time.sleep(1)
    assert said(report) == []
    (restarts,) = said(report, "notice")
    assert restarts.startswith("host | container tools-kestra | restarted 1 times")
    site.vps.run("docker rm -f tools-kestra")  # which forgets it


def test_stranger_on_our_port(site: Site) -> None:
    """What a deploy refuses is drift as well, and the rest is looked at all the same."""
    site.vps.run(
        "docker stop tools-kestra; chmod 777 /opt/kestra/backups; "
        "mv /opt/kestra/logs /opt/kestra/kept; touch /opt/kestra/logs"
    )
    site.vps.run(
        ". /opt/kestra/config/images.env; docker run -d --name stranger -p 127.0.0.1:8080:1 "
        "--entrypoint sleep $POSTGRES_IMAGE 600"
    )
    try:
        report = site.drift()
    finally:
        site.vps.run(
            "docker rm -f stranger; rm /opt/kestra/logs; mv /opt/kestra/kept /opt/kestra/logs"
        )
    (logs,) = [f for f in found(report) if "/opt/kestra/logs" in f["actual"]]
    assert logs["stage"] == "preflight"
    assert not logs["by_deploy"]
    assert logs["actual"] == "/opt/kestra/logs is a file, not a directory"
    assert any(
        "preflight" in s and "port 8080 is taken by container stranger" in s for s in said(report)
    )
    assert any(
        s.startswith("directories | /opt/kestra/backups | directory 777") for s in said(report)
    )


def test_unreachable_host_is_named_and_the_others_are_checked(site: Site) -> None:
    other = {"ssh_hostname": "127.0.0.1", "ssh_port": 1}
    inventory = site.workspace.directory / "inventory" / "servers.py"
    before = inventory.read_text()
    inventory.write_text(f"{before}\nservers.append(('gone', {{**servers[0][1], **{other}}}))\n")
    try:
        done = site.command("drift", "inventory")
        report = site.drift()
        limited = site.drift("--limit", site.vps.name)
    finally:
        inventory.write_text(before)
    assert done.returncode == 1
    assert "gone" in done.stdout
    results = {host["name"]: host["result"] for host in report["hosts"]}
    assert results == {site.vps.name: "clean", "gone": "unknown"}
    assert report["result"] == "unknown"
    assert [host["name"] for host in limited["hosts"]] == [site.vps.name]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("invntory",), "invntory"),
        (("inventory", "--limit", "nobody"), "--limit 'nobody' names no host or group"),
        (("inventory", "--html", "/nowhere/drift.html"), "/nowhere"),
    ],
)
def test_what_names_nothing_is_an_error(
    converged: Site, arguments: tuple[str, ...], words: str
) -> None:
    done = converged.command("drift", *arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stdout == ""


def test_host_that_was_never_deployed(new_site: Callable[..., Site]) -> None:
    site = new_site("drift-bare", docker=True)
    fingerprint = site.fingerprint()
    report = site.drift()
    stages = {f["stage"] for f in found(report)}
    assert {"docker", "images", "directories", "secrets", "files", "stack", "health"} <= stages
    assert site.fingerprint() == fingerprint
