"""What must hold after a run that was cut off and the one after it."""

from __future__ import annotations

from tests.e2e.conftest import Site

_SECRETS = r"grep -E '^[A-Z0-9_]+_(PASSWORD|KEY|TOKEN)='"
#: What a broken `docker load` would leave.
_HALF_LOADED = 'find /var/lib/docker/tmp -name "docker-i*"'
#: Our own temporary files, pyinfra's, what a broken download would leave, locks.
_LEFTOVERS = (
    "find / -xdev -ignore_readdir_race "
    "\\( -name '.*.kestra-provision' -o -name '*.part' -o -name 'pyinfra-*' \\); "
    f"find /tmp -mindepth 1 -name '*pyinfra*'; {_HALF_LOADED}; "
    "find /var/lib/kestra-provision -name '*.lock'"
)
#: Files under their final names. Kestra writes into its own folders, and logs grow.
_WRITTEN = (
    "find /opt/kestra /etc/docker/daemon.json /etc/systemd/system/kestra-* -ignore_readdir_race "
    "-path '*/kestra/storage' -prune -o -path '*/kestra/workdir' -prune "
    "-o -path '*/kestra/database' -prune -o -path '*/n8n/data' -prune "
    "-o -path /opt/kestra/logs -prune "
    "-o -type f -not -name '.*.kestra-provision' -exec sha256sum {} + 2>/dev/null"
)


def secrets_sum(site: Site) -> str:
    """The sum of the secrets' lines in `.env`, empty when there is none yet."""
    return site.vps.run(
        f"[ ! -e /opt/kestra/.env ] || {_SECRETS} /opt/kestra/.env | sort | sha256sum"
    ).stdout


def written(site: Site) -> dict[str, str]:
    """Sums by path of what has its final name; a file that is only half there changes later."""
    lines = site.vps.run(_WRITTEN, check=False).stdout.splitlines()
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def wait_for_docker_to_tidy_up(site: Site) -> None:
    """Docker notices by and by that nobody sends it an archive any more."""
    site.vps.run(f"timeout 120 sh -c 'while [ -n \"$({_HALF_LOADED})\" ]; do sleep 0.2; done'")


def assert_continues(site: Site) -> None:
    """The same command again ends well, with the secrets that were there, and leaves nothing."""
    before = secrets_sum(site)
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{site.vps.name}  healthy" in done.stderr
    assert_tidy(site, before or secrets_sum(site))


def assert_tidy(site: Site, secrets: str) -> None:
    """Converged, with these secrets, the stack's containers, and no temporary file."""
    assert secrets_sum(site) == secrets
    names = site.vps.run("docker ps -a --format '{{.Names}}' | sort").stdout.split()
    assert names == sorted(site.stack.containers.values())
    left = site.vps.run(_LEFTOVERS).stdout
    assert left == "", left
    plan = site.plan()
    assert plan == [], plan
