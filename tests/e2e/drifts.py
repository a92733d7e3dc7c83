"""Changes by hand, each with the operation that must see and repair it.

What does not touch each other is in one wave: all of it is changed, and repaired by one deploy.
"""

from __future__ import annotations

from tests.e2e.conftest import WAIT_FOR_KESTRA
from tests.e2e.drifts_running import RUNNING, SERVICE, Drift

__all__ = ["WAVES", "Drift"]


_DAEMON_JSON = "docker | daemon.json with log rotation and live-restore"
_IMAGES = "images | loaded from the archive and recorded"
_DIRECTORIES = "directories | owner and mode"
_SECRETS = "secrets | .env with settings and secrets"
_FILES = "files | compose.yaml and application.yaml"
_WATCH = "watch | scripts and schedule"
_TIMER_RUNS = "watch | timer runs"
_RECORD = "/opt/kestra/config/images.env"
_UNITS = "/etc/systemd/system"
_TIMER = "kestra-watch@tools-kestra.timer"
_FILES_AND_IMAGES = {
    "files": {
        "daemon.json with another key": Drift(
            _DAEMON_JSON,
            "/etc/docker/daemon.json: live-restore",
            """echo '{"dns": ["192.0.2.1"]}' > /etc/docker/daemon.json""",
            "grep -q 192.0.2.1 /etc/docker/daemon.json && grep -q max-size /etc/docker/daemon.json",
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
            f"{_UNITS}/{_TIMER}: other content",
            f"sed -i s/59min/9h/ {_UNITS}/{_TIMER}; systemctl daemon-reload",
            f"systemctl show -P TimersMonotonic {_TIMER} | grep -q InactiveUSec=59min",
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
            f"docker restart tools-kestra; {WAIT_FOR_KESTRA}",
            "docker exec tools-kestra grep -q 'root: INFO' /etc/kestra/application.yaml",
        ),
        "watch's timer stopped": Drift(
            _TIMER_RUNS,
            f"{_TIMER}: stopped",
            f"systemctl stop {_TIMER}",
            f"systemctl is-active {_TIMER}",
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
            f". {_RECORD} && docker tag $POSTGRES_IMAGE $KESTRA_IMAGE",
            f". {_RECORD} && docker inspect -f {{{{.Image}}}} tools-kestra | grep $KESTRA_IMAGE_ID",
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
        "watch's unit that systemd has not read": Drift(
            _TIMER_RUNS,
            f"{_TIMER}: systemd has an older one",
            "touch /etc/systemd/system/kestra-watch@tools-kestra.service",
            "[ $(systemctl show -P NeedDaemonReload kestra-watch@tools-kestra.service) = no ]",
        ),
    },
}
WAVES = {**_FILES_AND_IMAGES, **RUNNING}
