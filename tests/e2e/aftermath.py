"""What must hold after a run that was cut off and the one after it."""

from __future__ import annotations

from tests.e2e.conftest import Site

_SECRETS = r"grep -E '^KESTRA_(DB|BASICAUTH)_PASSWORD=|^KESTRA_ENCRYPTION_SECRET_KEY='"
#: Our own temporary files, pyinfra's, what a broken `docker load` or download would leave, locks.
_LEFTOVERS = (
    "find / -xdev \\( -name '.*.kestra-provision' -o -name '*.part' -o -name 'pyinfra-*' \\); "
    "find /tmp -mindepth 1 -name '*pyinfra*'; find /var/lib/docker/tmp -name 'docker-import*'; "
    "find /var/lib/kestra-provision -name '*.lock'"
)


def secrets_sum(site: Site) -> str:
    """The sum of the secrets' lines in `.env`, empty when there is none yet."""
    return site.vps.run(
        f"[ ! -e /opt/kestra/.env ] || {_SECRETS} /opt/kestra/.env | sort | sha256sum"
    ).stdout


def assert_continues(site: Site) -> None:
    """The same command again ends well, with the secrets that were there, and leaves nothing."""
    before = secrets_sum(site)
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{site.vps.name}  healthy" in done.stderr
    assert_tidy(site, before or secrets_sum(site))


def assert_tidy(site: Site, secrets: str) -> None:
    """Converged, with these secrets, two containers, and no temporary file."""
    assert secrets_sum(site) == secrets
    names = site.vps.run("docker ps -a --format '{{.Names}}' | sort").stdout.split()
    assert names == ["tools-kestra", "tools-kestra-postgres"]
    left = site.vps.run(_LEFTOVERS).stdout
    assert left == "", left
    plan = site.plan()
    assert plan == [], plan
