"""Changes by hand, each with the operation that must see and repair it.

What does not touch each other is in one wave: all of it is changed, and repaired by one deploy.
"""

from __future__ import annotations

from kestra_provision.stack.stack import Stack
from tests.e2e.conftest import WAIT_FOR_KESTRA
from tests.e2e.drifts_running import SERVICE, Drift, running

__all__ = ["Drift", "waves"]


_DAEMON_JSON = "docker | daemon.json with log rotation and live-restore"
_IMAGES = "images | loaded from the archive and recorded"
_DIRECTORIES = "directories | owner and mode"
_SECRETS = "secrets | .env with settings and secrets"
_FILES = "files | compose.yaml and application.yaml"
_WATCH = "watch | scripts and schedule"
_TIMER_RUNS = "watch | timer runs"
_RECORD = "/opt/kestra/config/images.env"
_UNITS = "/etc/systemd/system"


def waves(stack: Stack) -> dict[str, dict[str, Drift]]:
    """All of them by wave, at a host with this stack."""
    return {**_files_and_images(stack), **running(stack)}


def _owners(stack: Stack) -> dict[str, Drift]:
    return {
        f"owner of {store.folder}": Drift(
            _DIRECTORIES,
            store.folder,
            f"chown root:root {store.folder}",
            f". {_RECORD} && [ $(stat -c %u:%a {store.folder}) = $KESTRA_UID:750 ]",
        )
        for store in stack.stores
    }


def _files_of_others(stack: Stack) -> dict[str, Drift]:
    return {
        f"file in {store.folder}": Drift(
            _DIRECTORIES,
            f"{store.folder}: a file of somebody else, or closed to its owner",
            f"echo x > {store.folder}/by-hand",
            f". {_RECORD} && [ $(stat -c %u {store.folder}/by-hand) = $KESTRA_UID ]",
        )
        for store in stack.stores
    }


def _files_and_images(stack: Stack) -> dict[str, dict[str, Drift]]:
    kestra = stack.main.container
    timer, service = (f"kestra-watch@{stack.project}.{kind}" for kind in ("timer", "service"))
    return {
        "files": {
            "daemon.json with another key": Drift(
                _DAEMON_JSON,
                "/etc/docker/daemon.json: live-restore",
                """echo '{"dns": ["192.0.2.1"]}' > /etc/docker/daemon.json""",
                "cd /etc/docker && grep -q 192.0.2.1 daemon.json && grep -q max-size daemon.json",
            ),
            "record lost": Drift(
                _IMAGES,
                _RECORD,
                f"rm {_RECORD}",
                f"test -s {_RECORD}",
            ),
            "directory's owner": Drift(
                _DIRECTORIES,
                "/opt/kestra/tools/kestra/storage",
                "chown root:root /opt/kestra/tools/kestra/storage",
                f". {_RECORD} && "
                "[ $(stat -c %u:%a /opt/kestra/tools/kestra/storage) = $KESTRA_UID:750 ]",
            ),
            **_owners(stack),
            "directory's mode": Drift(
                _DIRECTORIES,
                "/opt/kestra/backups: directory 777",
                "chmod 777 /opt/kestra/backups",
                "[ $(stat -c %a /opt/kestra/backups) = 700 ]",
            ),
            "setting edited in .env": Drift(
                _SECRETS,
                ".env: KESTRA_HTTP_PORT",
                "sed -i s/^KESTRA_HTTP_PORT=.*/KESTRA_HTTP_PORT=9999/ /opt/kestra/.env",
                "grep -q ^KESTRA_HTTP_PORT=8080 /opt/kestra/.env",
            ),
            "compose file edited": Drift(
                _FILES,
                "/opt/kestra/compose.yaml: other content",
                "echo '# by hand' >> /opt/kestra/compose.yaml",
                "! grep -q 'by hand' /opt/kestra/compose.yaml",
            ),
            "configuration edited": Drift(
                _FILES,
                "/opt/kestra/config/application.yaml: other content",
                "sed -i s/INFO/DEBUG/ /opt/kestra/config/application.yaml",
                "grep -q INFO /opt/kestra/config/application.yaml",
            ),
            "secret of flows added": Drift(
                _FILES,
                "/opt/kestra/config/flow-secrets.env: written for other secrets of flows than are "
                "given: SECRET_BY_HAND",
                "echo SECRET_BY_HAND=eA== >> /opt/kestra/config/flow-secrets.env",
                "! grep -q BY_HAND /opt/kestra/config/flow-secrets.env",
            ),
            "script edited": Drift(
                "scripts | scripts and port map",
                "/opt/kestra/tools/kestra/scripts/run.sh: other content",
                "echo 'exit 0' >> /opt/kestra/tools/kestra/scripts/run.sh",
                "! tail -n 1 /opt/kestra/tools/kestra/scripts/run.sh | grep -q 'exit 0'",
            ),
            "entry of the manifest edited": Drift(
                "scripts | entry in services-manifest.json",
                "/opt/kestra/services-manifest.json",
                "sed -i 's/docker-compose/by hand/' /opt/kestra/services-manifest.json",
                "grep -q docker-compose /opt/kestra/services-manifest.json",
            ),
            "watch's command readable by everybody": Drift(
                _WATCH,
                "/opt/kestra/scripts/maintenance/watch.sh: file 755",
                "chmod 755 /opt/kestra/scripts/maintenance/watch.sh",
                "[ $(stat -c %a /opt/kestra/scripts/maintenance/watch.sh) = 700 ]",
            ),
            "watch's interval edited": Drift(
                _WATCH,
                f"{_UNITS}/{timer}: other content",
                f"sed -i s/59min/9h/ {_UNITS}/{timer}; systemctl daemon-reload",
                f"systemctl show -P TimersMonotonic {timer} | grep -q InactiveUSec=59min",
            ),
        },
        "files once more": {
            "daemon.json emptied": Drift(
                _DAEMON_JSON,
                "/etc/docker/daemon.json: log-driver",
                "echo '{}' > /etc/docker/daemon.json",
                "grep -q live-restore /etc/docker/daemon.json",
            ),
            "service disabled": Drift(
                SERVICE,
                "service docker: does not start after a boot",
                "systemctl disable docker",
                "systemctl is-enabled docker",
            ),
            "directory removed": Drift(
                _DIRECTORIES,
                "/opt/kestra/backups: missing",
                "rmdir /opt/kestra/backups",
                "[ $(stat -c %a /opt/kestra/backups) = 700 ]",
            ),
            ".env readable by everybody": Drift(
                _SECRETS,
                "/opt/kestra/.env: file 644",
                "chmod 644 /opt/kestra/.env",
                "[ $(stat -c %a /opt/kestra/.env) = 600 ]",
            ),
            "configuration edited and loaded": Drift(
                _FILES,
                "/opt/kestra/config/application.yaml: other content",
                "sed -i s/INFO/WARN/ /opt/kestra/config/application.yaml; "
                f"docker restart {kestra}; {WAIT_FOR_KESTRA}",
                f"docker exec {kestra} grep -q 'root: INFO' /etc/kestra/application.yaml",
            ),
            "watch's timer stopped": Drift(
                _TIMER_RUNS,
                f"{timer}: stopped",
                f"systemctl stop {timer}",
                f"systemctl is-active {timer}",
            ),
        },
        "packages and images": {
            "daemon.json writable by everybody": Drift(
                _DAEMON_JSON,
                "/etc/docker/daemon.json: another mode",
                "chmod 666 /etc/docker/daemon.json",
                "[ $(stat -c %a /etc/docker/daemon.json) = 644 ]",
            ),
            "package removed": Drift(
                "docker | packages of the distribution (a minute on a fresh host)",
                "packages: without docker-compose",
                "dpkg --remove --force-depends docker-compose",
                "docker compose version",
            ),
            "tag moved to another image": Drift(
                _IMAGES,
                ": the tag names another image",
                f". {_RECORD} && tar -c -T /dev/null | docker import - $KESTRA_IMAGE",
                f". {_RECORD} && docker inspect -f {{{{.Image}}}} {kestra} | grep $KESTRA_IMAGE_ID",
            ),
            "configuration's mode": Drift(
                _FILES,
                "/opt/kestra/config/application.yaml: file 644",
                "chmod 644 /opt/kestra/config/application.yaml",
                f". {_RECORD} && "
                "[ $(stat -c %a:%g /opt/kestra/config/application.yaml) = 640:$KESTRA_GID ]",
            ),
            "file that Kestra cannot write": Drift(
                _DIRECTORIES,
                "/opt/kestra/tools/kestra/storage: a file of somebody else, or closed to its owner",
                "echo x > /opt/kestra/tools/kestra/storage/by-hand",
                f". {_RECORD} && "
                "[ $(stat -c %u /opt/kestra/tools/kestra/storage/by-hand) = $KESTRA_UID ]",
            ),
            **_files_of_others(stack),
            "watch's unit that systemd has not read": Drift(
                _TIMER_RUNS,
                f"{timer}: systemd has an older one",
                f"touch {_UNITS}/{service}",
                f"[ $(systemctl show -P NeedDaemonReload {service}) = no ]",
            ),
        },
    }
