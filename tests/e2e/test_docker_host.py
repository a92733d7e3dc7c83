"""Docker around a stack that runs: led elsewhere, without its rules, on a mount in the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.conftest import HEALTH_CHECK, Site, changed, found
from tests.e2e.sample import fair

#: One user's compose, older than any that is taken, and a context that is not there.
_ELSEWHERE = r"""
echo DOCKER_HOST=tcp://127.0.0.1:1 >> /etc/environment
mkdir -p /root/.docker/cli-plugins
cat > /root/.docker/cli-plugins/docker-compose <<'END'
#!/bin/sh
[ "$1" = docker-cli-plugin-metadata ] || exit 3
echo '{"SchemaVersion":"0.1.0","Vendor":"somebody","Version":"v2.0.0"}'
END
chmod +x /root/.docker/cli-plugins/docker-compose
echo '{"currentContext":"gone"}' > /root/.docker/config.json
"""
RULES = "Docker's firewall rules"
_STARTED = "docker inspect -f '{{.State.StartedAt}}' tools-kestra tools-kestra-postgres"


@contextmanager
def mounted(site: Site, options: str) -> Iterator[None]:
    """/opt is a mount of its own, with these options."""
    site.vps.run(f"mount --bind /opt /opt && mount -o remount,bind,{options} /opt")
    try:
        yield
    finally:
        site.vps.run("umount /opt")


@pytest.mark.long
def test_nobodys_environment_leads_to_another_docker(converged: Site) -> None:
    vps = converged.vps
    vps.run(_ELSEWHERE)
    try:
        assert vps.ssh("docker ps", check=False).returncode != 0
        assert vps.ssh("docker compose ls", check=False).returncode == 3
        report = converged.drift()
        assert found(report) == []
        assert converged.command("doctor", vps.name).returncode == 0
        assert changed(converged.deploy()) == 0
        assert vps.ssh(HEALTH_CHECK, check=False).returncode == 0
        assert converged.command("restart", vps.name, "-y").returncode == 0
    finally:
        vps.run("sed -i /^DOCKER_HOST/d /etc/environment; rm -r /root/.docker")


@pytest.mark.parametrize(
    ("flush", "lost"),
    fair(
        [
            ("iptables-restore < /dev/null; iptables -t nat -F; iptables -F", "published ports"),
            ("sysctl -qw net.ipv4.ip_forward=0", "net.ipv4.ip_forward"),
        ],
        2,
    ),
)
def test_flushed_rules_are_seen_and_made_again(converged: Site, flush: str, lost: str) -> None:
    vps = converged.vps
    before = vps.run(_STARTED).stdout
    vps.run(flush)
    (rules,) = found(converged.drift())
    assert (rules["what"], rules["stage"]) == (RULES, "docker")
    assert lost in rules["actual"]
    status = json.loads(converged.command("status", vps.name, "--json").stdout)
    assert "rules-gone: " in json.dumps(status)
    diagnosis = converged.command("doctor", vps.name)
    assert (diagnosis.returncode, "firewall rules" in diagnosis.stdout) == (2, True)
    # Before the stop: what is taken down could not be started.
    refused = converged.command("restart", vps.name, "-y")
    assert refused.returncode != 0
    assert RULES in refused.stdout + refused.stderr
    assert vps.run(_STARTED).stdout == before
    assert changed(converged.deploy()) == 1
    assert vps.run(_STARTED).stdout == before, "a restart of the daemon lets containers run on"
    assert found(converged.drift()) == []
    assert vps.run("docker restart -t 60 tools-kestra").returncode == 0
    assert converged.deploy().returncode == 0


@pytest.mark.long
def test_stack_that_was_stopped_starts_without_the_rules(converged: Site) -> None:
    vps = converged.vps
    assert converged.command("stop", vps.name, "-y").returncode == 0
    vps.run("iptables -t nat -F; iptables -t nat -X")
    by_hand = vps.ssh("/opt/kestra/tools/kestra/scripts/run.sh --detach", check=False)
    assert by_hand.returncode != 0
    assert "systemctl restart docker" in by_hand.stderr
    assert converged.command("start", vps.name, "-y").returncode == 0
    assert found(converged.drift()) == []


@pytest.mark.parametrize(
    ("options", "what", "fix"),
    [("noexec", "mounted noexec", "remount,exec /opt"), ("ro", "read-only", "remount,rw /opt")],
)
def test_mount_that_is_in_the_way_is_named(
    converged: Site, options: str, what: str, fix: str
) -> None:
    with mounted(converged, options):
        done = converged.deploy()
        assert done.returncode != 0
        assert what in done.stderr
        assert fix in done.stderr
        assert any(what in each["actual"] for each in found(converged.drift()))
        if options == "noexec":
            status = converged.command("status", converged.vps.name).stdout
            assert "mount -o remount,exec /opt" in status
        # The fix, done literally.
        converged.vps.run(f"mount -o remount,bind,exec,{'rw' if options == 'ro' else 'exec'} /opt")
        assert found(converged.drift()) == []
    assert changed(converged.deploy()) == 0


def test_configuration_that_cannot_work_is_refused(converged: Site) -> None:
    """Before a restart of the daemon brings it into force."""
    vps, file = converged.vps, "/etc/docker/daemon.json"
    before = vps.run(f"cp -a {file} /root/daemon.json; cat {file}").stdout
    wrong = {"userns-remap": "default", "hosts": ["unix:///var/run/docker.sock"]}
    try:
        vps.run(f"cat > {file}", stdin=json.dumps({**json.loads(before), **wrong}))
        done = converged.deploy()
        assert done.returncode != 0
        assert "maps the users of containers" in done.stderr
        assert "does not start with both" in done.stderr
        assert vps.run("docker ps -q | wc -l").stdout.strip() == "2"
    finally:
        vps.run(f"cp -a /root/daemon.json {file}")
    assert converged.deploy().returncode == 0


@pytest.mark.long
def test_engine_without_its_init_program_is_refused(converged: Site) -> None:
    """Of an engine put there by hand; each container of ours would end at its start."""
    vps, file = converged.vps, "/etc/docker/daemon.json"
    before = vps.run(f"mv /usr/bin/docker-init /root/; cp -a {file} /root/daemon.json; cat {file}")
    try:
        done = converged.deploy()
        assert done.returncode != 0
        assert "Docker has no docker-init" in done.stderr
        # The fix, done literally.
        fixed = {**json.loads(before.stdout), "init-path": "/usr/bin/tini-static"}
        vps.run(f"cat > {file}; systemctl restart docker", stdin=json.dumps(fixed))
        assert found(converged.drift()) == []
        assert converged.deploy().returncode == 0
    finally:
        vps.run(f"mv /root/docker-init /usr/bin/; cp -a /root/daemon.json {file}")
    assert converged.deploy().returncode == 0


def test_daemon_that_died_is_shown_with_its_own_words(converged: Site) -> None:
    vps, file = converged.vps, "/etc/docker/daemon.json"
    before = vps.run(f"cp -a {file} /root/daemon.json; cat {file}").stdout
    try:
        vps.run(f"cat > {file}", stdin=json.dumps({**json.loads(before), "storage-drvier": "x"}))
        vps.run("systemctl restart docker", check=False)
        diagnosis = converged.command("doctor", vps.name).stdout
        assert "storage-drvier" in diagnosis
        done = converged.deploy()
        assert done.returncode != 0
        assert "storage-drvier" in done.stdout + done.stderr
    finally:
        vps.run(f"cp -a /root/daemon.json {file}")
    assert converged.deploy().returncode == 0
    assert found(converged.drift()) == []
