"""Hosts that cannot be asked, or answer something else: named with their reason, never left out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Site, changed
from tests.e2e.sample import fair
from tests.vps.workspace import host_data

#: In the inventory beside the server, which is the same one without a way to it.
_LOST = "lost"


@pytest.fixture
def site(converged: Site) -> Iterator[Site]:
    yield converged
    converged.declare()


def with_lost(site: Site, **spoilt: Any) -> None:
    good = {**host_data(site.vps, site.workspace.directory / "known_hosts"), **site.data}
    site.workspace.name_hosts({site.vps.name: good, _LOST: {**good, **spoilt}})


@pytest.mark.parametrize(
    ("spoilt", "why"),
    fair(
        [
            ({"ssh_key": "/missing"}, "No such private key file: /missing"),
            ({"ssh_port": "abc"}, "`ssh_port`: str is not an instance of int"),
            ({"ssh_config_file": "/missing"}, "there is no /missing"),
        ],
        3,
    ),
)
def test_host_without_a_way_to_it_is_named_by_all_who_look(
    site: Site, spoilt: dict[str, Any], why: str
) -> None:
    with_lost(site, **spoilt)
    report = site.drift()
    assert report["exit_code"] == 1
    results = {host["name"]: (host["result"], host["reason"]) for host in report["hosts"]}
    assert results[site.vps.name] == ("clean", "")
    assert results[_LOST][0] == "unknown"
    assert why in results[_LOST][1]
    page = site.workspace.directory / "report.html"
    assert site.command("drift", "inventory", "--html", str(page)).returncode == 1
    assert _LOST in page.read_text()
    for command in ("status", "doctor"):
        done = site.command(command)
        assert done.returncode == 1
        assert why in done.stdout
        assert "Traceback" not in done.stderr
    for command in ("audit", "unlock", "logs", "version"):
        done = site.command(command, _LOST)
        assert (done.returncode, why in done.stdout + done.stderr) == (1, True), done.stderr


def test_deploy_goes_on_with_the_others(site: Site) -> None:
    with_lost(site, ssh_key="/missing")
    done = site.deploy()
    assert done.returncode == 1
    assert "No such private key file: /missing" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert changed(done) == 0
    assert any("healthy" in row and site.vps.name in row for row in done.stderr.splitlines())
    assert any("unreachable" in row and _LOST in row for row in done.stderr.splitlines())


@pytest.mark.parametrize(
    ("config", "why"),
    fair(
        [
            ("ForceCommand exit 0", "and said nothing"),
            ("MaxSessions 0", "opens no channel for a command"),
            ("ForceCommand echo something else", "and said 'something else'"),
        ],
        3,
    ),
)
def test_server_that_answers_nothing_is_no_empty_server(site: Site, config: str, why: str) -> None:
    before = site.fingerprint()
    with site.vps.sshd(config):
        (host,) = site.drift()["hosts"]
        assert host["result"] == "unknown"
        assert why in host["reason"]
        status = json.loads(site.command("status", "--json").stdout)
        assert status["hosts"][0]["overall"] == "unreachable"
        done = site.deploy()
    assert done.returncode == 1
    assert "refused, nothing was changed" in done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert site.fingerprint() == before


def test_one_session_at_a_time_is_enough(site: Site) -> None:
    with site.vps.sshd("MaxSessions 1"):
        assert site.drift()["result"] == "clean"


def test_key_with_a_command_is_named(site: Site) -> None:
    keys = "/root/.ssh/authorized_keys"
    site.vps.run(f"cp -p {keys} /root/keys; sed -i 's/^/command=\"echo backup\" /' {keys}")
    try:
        (host,) = site.drift()["hosts"]
    finally:
        site.vps.run(f"mv /root/keys {keys}")
    assert "runs another command" in host["reason"]
    assert f"{keys}:1" in host["reason"]


def test_login_shell_that_lets_nobody_in_is_named(site: Site) -> None:
    site.vps.run("usermod -s /usr/sbin/nologin root")
    try:
        (host,) = site.drift()["hosts"]
    finally:
        site.vps.run("usermod -s /bin/bash root")
    assert "usermod -s /bin/bash root" in host["reason"]


def test_noise_of_start_files_is_no_answer(site: Site) -> None:
    site.vps.run(
        "cp -p /root/.bashrc /root/bashrc; printf 'echo welcome\\nprintf @@more\\necho oh >&2\\n' "
        "| cat - /root/bashrc > /root/.bashrc; echo 'echo rc' > /root/.ssh/rc"
    )
    try:
        assert site.drift()["result"] == "clean"
        assert changed(site.deploy()) == 0
        assert "welcome" not in site.command("logs", site.vps.name).stdout
    finally:
        site.vps.run("mv /root/bashrc /root/.bashrc; rm /root/.ssh/rc")


@pytest.mark.parametrize("shell", ["fish", "tcsh"])
def test_login_shell_that_is_none_of_posix(site: Site, shell: str) -> None:
    site.vps.run(
        "apt-get -qq update && DEBIAN_FRONTEND=noninteractive "
        f"apt-get -qq install -y --no-install-recommends {shell} "
        f"&& usermod -s /usr/bin/{shell} root"
    )
    try:
        assert changed(site.deploy()) == 0
    finally:
        site.vps.run("usermod -s /bin/bash root")


@pytest.fixture
def keys(site: Site, tmp_path: Path) -> tuple[Path, str, str]:
    """A file of known hosts, the server's name in it, and a key of somebody else."""
    line = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")]
    subprocess.run(line, check=True)
    other = " ".join((tmp_path / "other.pub").read_text().split()[:2])
    return tmp_path / "known_hosts", site.vps.address, other


@pytest.mark.parametrize(
    "above",
    fair(["@cert-authority *.example.com {other}", "<<<<<<< HEAD", "example.com ssh-ed25519 A"], 3),
)
def test_changed_key_is_refused_whatever_stands_above(
    site: Site, keys: tuple[Path, str, str], above: str
) -> None:
    file, name, other = keys
    text = f"{above.format(other=other)}\n{name} {other}\n"
    file.write_text(text)
    site.declare(ssh_known_hosts_file=str(file))
    done = site.deploy()
    assert done.returncode == 1
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr
    assert f"ssh-keygen -f {file} -R {name}" in done.stderr
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("more", "why"),
    fair([
        ("ProxyJump none", ""),
        ("ProxyCommand none", ""),
        ("HostKeyAlias the-server", ""),
        ("ProxyCommand ssh -F none -i {key} -o StrictHostKeyChecking=no "
         "-o UserKnownHostsFile=/dev/null -W %h:%p root@{address}", ""),
        ("ProxyJump hop,hop2", ""),
        ("Match nonsense x\n  HostName 192.0.2.1", "ssh refuses its configuration"),
        ("Match exec false\n  HostName 192.0.2.1", ""),
        ("StrictHostKeyChecking yes", "no key of {address} is known"),
        ("ProxyJump the-server", "jumphost loop|circle"),
        ("ProxyCommand false", "ended at once"),
    ], 3),
)  # fmt: skip
def test_configuration_is_followed_as_ssh_does(
    site: Site, tmp_path: Path, more: str, why: str
) -> None:
    config, known = tmp_path / "config", tmp_path / "known_hosts"
    words = {"address": site.vps.address, "key": site.vps.key}
    config.write_text(
        "Host hop hop2\n  HostName {address}\n  User root\n  IdentityFile {key}\n"
        "Host the-server\n  HostName {address}\n{more}\n".format(**words, more=more.format(**words))
        + f"Host *\n  UserKnownHostsFile {known}\n"
    )
    good = host_data(site.vps, known)
    del good["ssh_known_hosts_file"]
    way = {"ssh_hostname": "the-server", "ssh_config_file": str(config)}
    site.workspace.name_hosts({site.vps.name: {**good, **site.data, **way}})
    done = site.command("audit", site.vps.name)
    assert (done.returncode == 0) is (not why), done.stderr
    expected = why.format(**words).split("|")
    assert any(part in done.stderr for part in expected), done.stderr
    assert "Traceback" not in done.stderr
