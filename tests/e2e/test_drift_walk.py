"""Every operation: applied, no change, changed by hand, seen by plan and drift check, repaired."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.e2e.conftest import Site, found


class Drift(NamedTuple):
    """A change by hand and the operation that must see and repair it."""

    operation: str
    by_hand: str
    proof: str


_RECORD = "/opt/kestra/config/images.env"
_WATCH = "kestra-watch@tools-kestra"
WALK = {
    "daemon.json emptied": Drift(
        "docker | daemon.json with log rotation and live-restore",
        "echo '{}' > /etc/docker/daemon.json",
        "grep -q live-restore /etc/docker/daemon.json",
    ),
    "daemon.json with another key": Drift(
        "docker | daemon.json with log rotation and live-restore",
        """echo '{"dns": ["192.0.2.1"]}' > /etc/docker/daemon.json""",
        "grep -q 192.0.2.1 /etc/docker/daemon.json && grep -q max-size /etc/docker/daemon.json",
    ),
    "daemon with an older configuration": Drift(
        "docker | daemon runs with its configuration",
        "touch /etc/docker/daemon.json",
        "[ /run/docker.pid -nt /etc/docker/daemon.json ]",
    ),
    "package removed": Drift(
        "docker | packages of the distribution (a minute on a fresh host)",
        "dpkg --remove --force-depends docker-compose",
        "docker compose version",
    ),
    "service disabled": Drift(
        "docker | service runs, now and after a boot",
        "systemctl disable docker",
        "systemctl is-enabled docker",
    ),
    "service stopped": Drift(
        "docker | service runs, now and after a boot",
        "systemctl stop docker.socket docker",
        "systemctl is-active docker",
    ),
    "record lost": Drift(
        "images | loaded from the archive and recorded", f"rm {_RECORD}", f"test -s {_RECORD}"
    ),
    "tag moved to another image": Drift(
        "images | loaded from the archive and recorded",
        f". {_RECORD} && docker tag $POSTGRES_IMAGE $KESTRA_IMAGE",
        f". {_RECORD} && docker inspect -f {{{{.Image}}}} tools-kestra | grep $KESTRA_IMAGE_ID",
    ),
    "directory's owner": Drift(
        "directories | owner and mode",
        "chown root:root /opt/kestra/tools/kestra/storage",
        "[ $(stat -c %u:%g:%a /opt/kestra/tools/kestra/storage) = 1000:1000:750 ]",
    ),
    "directory's mode": Drift(
        "directories | owner and mode",
        "chmod 777 /opt/kestra/backups",
        "[ $(stat -c %a /opt/kestra/backups) = 700 ]",
    ),
    "directory removed": Drift(
        "directories | owner and mode",
        "rmdir /opt/kestra/backups",
        "[ $(stat -c %a /opt/kestra/backups) = 700 ]",
    ),
    "setting edited in .env": Drift(
        "secrets | .env with settings and secrets",
        "sed -i s/^KESTRA_HTTP_PORT=.*/KESTRA_HTTP_PORT=9999/ /opt/kestra/.env",
        "grep -q ^KESTRA_HTTP_PORT=8080 /opt/kestra/.env",
    ),
    ".env readable by everybody": Drift(
        "secrets | .env with settings and secrets",
        "chmod 644 /opt/kestra/.env",
        "[ $(stat -c %a /opt/kestra/.env) = 600 ]",
    ),
    "compose file edited": Drift(
        "files | compose.yaml and application.yaml",
        "echo '# by hand' >> /opt/kestra/compose.yaml",
        "! grep -q 'by hand' /opt/kestra/compose.yaml",
    ),
    "configuration edited": Drift(
        "files | compose.yaml and application.yaml",
        "sed -i s/INFO/DEBUG/ /opt/kestra/config/application.yaml",
        "grep -q INFO /opt/kestra/config/application.yaml",
    ),
    "configuration's mode": Drift(
        "files | compose.yaml and application.yaml",
        "chmod 644 /opt/kestra/config/application.yaml",
        "[ $(stat -c %a:%g /opt/kestra/config/application.yaml) = 640:1000 ]",
    ),
    "script edited": Drift(
        "scripts | scripts and port map",
        "echo 'exit 0' >> /opt/kestra/tools/kestra/scripts/run.sh",
        "! tail -n 1 /opt/kestra/tools/kestra/scripts/run.sh | grep -q 'exit 0'",
    ),
    "entry of the manifest edited": Drift(
        "scripts | entry in services-manifest.json",
        "sed -i 's/docker-compose/by hand/' /opt/kestra/services-manifest.json",
        "grep -q docker-compose /opt/kestra/services-manifest.json",
    ),
    "network removed": Drift(
        "stack | network tradingsystem_backend",
        "docker network disconnect -f tradingsystem_backend tools-kestra; "
        "docker network rm tradingsystem_backend",
        "docker network inspect tradingsystem_backend",
    ),
    "container stopped": Drift(
        "stack | PostgreSQL and Kestra run as declared",
        "docker stop tools-kestra",
        "[ $(docker inspect -f {{.State.Running}} tools-kestra) = true ]",
    ),
    "container removed": Drift(
        "stack | PostgreSQL and Kestra run as declared",
        "docker rm -f tools-kestra tools-kestra-postgres",
        "[ $(docker inspect -f {{.State.Running}} tools-kestra-postgres) = true ]",
    ),
    "container replaced by hand": Drift(
        "stack | PostgreSQL and Kestra run as declared",
        "cd /opt/kestra && sed 's/mem_limit: .*/mem_limit: 777m/' compose.yaml > /tmp/c.yaml "
        "&& docker compose --project-directory . -f /tmp/c.yaml up -d",
        "[ $(docker inspect -f {{.HostConfig.Memory}} tools-kestra) != 814743552 ]",
    ),
    "configuration edited and loaded": Drift(
        "files | compose.yaml and application.yaml",
        "sed -i s/INFO/WARN/ /opt/kestra/config/application.yaml; docker restart tools-kestra",
        "docker exec tools-kestra grep -q 'root: INFO' /etc/kestra/application.yaml",
    ),
    "taken off the shared network": Drift(
        "stack | PostgreSQL and Kestra run as declared",
        "docker network disconnect tradingsystem_backend tools-kestra",
        "docker network inspect tradingsystem_backend | grep -q tools-kestra",
    ),
    "restart policy taken away": Drift(
        "stack | PostgreSQL and Kestra run as declared",
        "docker update --restart no tools-kestra",
        "docker inspect -f {{.HostConfig.RestartPolicy.Name}} tools-kestra | grep unless-stopped",
    ),
    "memory limit raised": Drift(
        "stack | PostgreSQL and Kestra run as declared",
        "docker update --memory 3g --memory-swap 3g tools-kestra",
        "[ $(docker inspect -f {{.HostConfig.Memory}} tools-kestra) != 3221225472 ]",
    ),
    "daemon.json writable by everybody": Drift(
        "docker | daemon.json with log rotation and live-restore",
        "chmod 666 /etc/docker/daemon.json",
        "[ $(stat -c %a /etc/docker/daemon.json) = 644 ]",
    ),
    "watch's command readable by everybody": Drift(
        "watch | scripts and schedule",
        "chmod 755 /opt/kestra/scripts/maintenance/watch.sh",
        "[ $(stat -c %a /opt/kestra/scripts/maintenance/watch.sh) = 700 ]",
    ),
    "watch's interval edited": Drift(
        "watch | scripts and schedule",
        f"sed -i s/59min/9h/ /etc/systemd/system/{_WATCH}.timer; systemctl daemon-reload",
        f"systemctl show -P TimersMonotonic {_WATCH}.timer | grep -q InactiveUSec=59min",
    ),
    "watch's timer stopped": Drift(
        "watch | timer runs",
        f"systemctl stop {_WATCH}.timer",
        f"systemctl is-active {_WATCH}.timer",
    ),
    "watch's unit that systemd has not read": Drift(
        "watch | timer runs",
        f"touch /etc/systemd/system/{_WATCH}.service",
        f"[ $(systemctl show -P NeedDaemonReload {_WATCH}.service) = no ]",
    ),
    "database frozen": Drift(
        "health | Kestra answers, and only to its password",
        # So long that Kestra has closed its ports, which it never opens again.
        "docker pause tools-kestra-postgres; for i in $(seq 90); do sleep 1; "
        "docker exec tools-kestra bash -c '</dev/tcp/127.0.0.1/8081' 2> /dev/null || break; done",
        "[ $(docker inspect -f {{.State.Status}} tools-kestra-postgres) = running ]",
    ),
}


@pytest.mark.parametrize("drift", WALK.values(), ids=WALK.keys())
def test_walk(converged: Site, drift: Drift) -> None:
    """The shared server is converged before the first step and after each."""
    # systemd refuses a third start within a minute, and these are this test's own.
    converged.vps.run(f"systemctl reset-failed docker; {drift.by_hand}")
    plan, report = converged.plan(), converged.drift()
    assert drift.operation in plan
    assert {f["stage"] for f in found(report)} == {name.partition(" | ")[0] for name in plan}
    done = converged.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert converged.vps.run(drift.proof, check=False).returncode == 0
    assert found(converged.drift()) == []


def test_every_operation_is_walked(converged: Site) -> None:
    """A new operation needs a row above. These two repair nothing and are tested elsewhere."""
    done = converged.workspace.deploy("--dry")
    listed = {line.strip().split("   ")[0] for line in done.stderr.splitlines() if " | " in line}
    assert listed - {d.operation for d in WALK.values()} == {
        "lock | nobody else works here",
        "directories | Kestra's user can write",
    }
