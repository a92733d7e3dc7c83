"""What the survey makes of recorded output."""

from kestra_provision.facts.survey import Listener, SeenContainer, Survey

FRESH = """\
@@privilege
root
@@os
debian
12
Debian GNU/Linux 12 (bookworm)
@@machine
x86_64
2
MemTotal:        4014640 kB
@@systemd
yes
@@rooms
39000000 33000000 /opt/kestra
39000000 33000000 /var/lib/docker
39000000 33000000 /var/lib/containerd
@@client
@@docker
@@containers
@@listeners
LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=612,fd=3))
LISTEN 0      128             [::]:22           [::]:*    users:(("sshd",pid=612,fd=4))
@@env
@@daemon
@@packages
@@tools
@@user
root
"""

RUNNING = """\
@@privilege
sudo
@@os
ubuntu
24.04
Ubuntu 24.04.1 LTS
@@machine
aarch64
4
MemTotal:        8131072 kB
@@systemd
yes
@@rooms
100000000 10000000 /opt/kestra
50000000 20000000 /var/lib/docker
60000000 15000000 /mnt/large disk/containerd
@@client
/usr/bin/docker
@@docker
plugin buildx v0.13.1
plugin compose v2.26.1
server 26.1.5+dfsg1
root /var/lib/docker
@@containers
tools-kestra\ttrue\ttools-kestra\tkestra/kestra:v1.3.39\tUp 2 hours (healthy)\t\
127.0.0.1:8080-8081->8080-8081/tcp\t/opt/kestra\t0123456789ab\tkestra
web\t\t\tnginx:1\tExited (0) 3 days ago\t
@@listeners
LISTEN 0 4096 127.0.0.1:8080 0.0.0.0:* users:\
(("docker-proxy",pid=9,fd=4),("docker-proxy",pid=10,fd=4))
LISTEN 0 4096 127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=5,fd=14))
LISTEN 0 4096 [fe80::1]%eth0:546 [::]:*
LISTEN 0 100 [::ffff:127.0.0.1]:8005 *:* users:(("java",pid=77,fd=40))
LISTEN 0 511 *:80 *:* users:(("apache2",pid=8,fd=4))
@@env
2025-01-02 03:04:05.678901234 +0000
@@daemon
{
  "live-restore": true
}
@@packages
ii  docker.io
un  docker-ce
rc  podman-docker
@@tools
setpriv
@@user
debian
"""


def test_survey_of_a_fresh_host() -> None:
    seen = Survey().process(FRESH.splitlines())
    assert (seen.privilege, seen.user) == ("root", "root")
    assert (seen.os_id, seen.os_version, seen.os_name) == (
        "debian",
        "12",
        "Debian GNU/Linux 12 (bookworm)",
    )
    assert (seen.architecture, seen.cpus, seen.memory_mb) == ("amd64", 2, 3920)
    assert (round(seen.disk_gb, 1), round(seen.image_room.free_gb, 1)) == (39.9, 33.8)
    assert seen.systemd
    assert (seen.docker, seen.docker_client, seen.compose) == (None, False, None)
    assert seen.containers == ()
    assert seen.listeners == (
        Listener("0.0.0.0", 22, "sshd (pid 612)"),
        Listener("::", 22, "sshd (pid 612)"),
    )
    assert (seen.env_written, seen.missing_tools, seen.docker_packages) == ("", (), ())
    assert seen.daemon_json_valid


def test_survey_of_a_running_host() -> None:
    seen = Survey().process(RUNNING.splitlines())
    assert (seen.privilege, seen.user, seen.architecture) == ("sudo", "debian", "arm64")
    assert (seen.docker, seen.docker_client, seen.compose) == ("26.1.5+dfsg1", True, "2.26.1")
    assert seen.env_written == "2025-01-02 03:04:05"
    assert seen.missing_tools == ("setpriv",)
    assert seen.docker_packages == ("docker.io",)
    assert seen.daemon_json_valid


def test_survey_takes_the_tighter_filesystem() -> None:
    """The smallest of all; for images the fuller one of those that may take them."""
    seen = Survey().process(RUNNING.splitlines())
    assert round(seen.disk_gb, 1) == 51.2
    assert seen.image_room.folder == "/mnt/large disk/containerd"
    assert round(seen.image_room.free_gb, 1) == 15.4


def test_survey_reads_containers() -> None:
    ours, web = Survey().process(RUNNING.splitlines()).containers
    assert ours == SeenContainer(
        "tools-kestra",
        True,
        "tools-kestra",
        "kestra/kestra:v1.3.39",
        "Up 2 hours (healthy)",
        "127.0.0.1:8080-8081->8080-8081/tcp",
        "/opt/kestra",
        "kestra",
    )
    assert ours.published == {8080, 8081}
    assert web == SeenContainer("web", False, "", "nginx:1", "Exited (0) 3 days ago", "")
    assert web.published == set()


def test_survey_reads_listeners() -> None:
    assert Survey().process(RUNNING.splitlines()).listeners == (
        Listener("127.0.0.1", 8080, "docker-proxy (pid 9), docker-proxy (pid 10)"),
        Listener("127.0.0.53", 53, "systemd-resolve (pid 5)"),
        Listener("fe80::1", 546, "an unknown process"),
        Listener("::ffff:127.0.0.1", 8005, "java (pid 77)"),
        Listener("*", 80, "apache2 (pid 8)"),
    )


def test_survey_without_rights_knows_who() -> None:
    seen = Survey().process(["@@privilege", "none", "@@user", "joe"])
    assert (seen.privilege, seen.user, seen.cpus) == ("none", "joe", 0)


def test_survey_tells_a_broken_daemon_json() -> None:
    assert not Survey().process(["@@daemon", "{", "@@tools"]).daemon_json_valid


def test_survey_reads_what_docker_may_collide_with() -> None:
    lines = [
        "@@os",
        "debian",
        "13",
        "Debian 13",
        "trixie",
        "@@snap",
        "yes",
        "@@sources",
        "/a.list:x",
    ]
    seen = Survey().process(lines)
    assert (seen.os_codename, seen.docker_snap) == ("trixie", True)
    assert [(f.path, f.lines) for f in seen.apt_sources] == [("/a.list", ("x",))]
