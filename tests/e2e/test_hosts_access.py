"""Ways to a server: a sudo user, another port, an agent, a jump host, and keys that changed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Site, changed
from tests.vps.machine import RESTART_SSHD, Vps
from tests.vps.workspace import host_data

_USER = "deployer"


@pytest.fixture(scope="module")
def site(new_site: Callable[..., Site]) -> Site:
    """A server provisioned by a user who is not root."""
    made = new_site("hs-access", docker=True)
    _add_user(made.vps, _USER)
    made.vps.run(f"echo '{_USER} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{_USER}")
    made.data["ssh_user"] = _USER
    made.declare()
    done = made.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.fixture
def put_back(site: Site) -> Iterator[None]:
    yield
    site.declare()


def _add_user(vps: Vps, name: str) -> None:
    vps.run(
        f"useradd -m -s /bin/bash {name} && echo {name}:Unknown-To-pyinfra-1 | chpasswd "
        f"&& install -d -m 700 -o {name} -g {name} /home/{name}/.ssh "
        f"&& install -m 600 -o {name} -g {name} /root/.ssh/authorized_keys /home/{name}/.ssh/"
    )


def _without_key(site: Site, **data: Any) -> dict[str, Any]:
    known_hosts = site.workspace.directory / "known_hosts"
    found = {**host_data(site.vps, known_hosts), **site.data, **data}
    del found["ssh_key"]
    return found


def _healthy(site: Site, **options: Any) -> str:
    """Deploys, which must find all as it is; returns what was said."""
    done = site.deploy(**options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert changed(done) == 0
    return done.stderr


def test_sudo_user_provisions_and_may_use_docker(site: Site) -> None:
    run = site.vps.run
    assert "docker" in run(f"id -nG {_USER}").stdout.split()
    assert f"{_USER}@" in _healthy(site)
    left = run(
        f"find /tmp /var/tmp /home/{_USER} -newer /etc/sudoers.d/{_USER} -type f "
        # Docker's own, for as long as a health check takes.
        "! -name 'runc-process*'"
    ).stdout
    assert left == ""
    assert run("stat -c '%U %a' /opt/kestra/.env").stdout == "root 600\n"


@pytest.mark.parametrize("in_group_sudo", [True, False])
def test_user_without_passwordless_sudo_is_refused(
    site: Site, put_back: None, in_group_sudo: bool
) -> None:
    """No question hangs: a password that would be asked for has nobody to type it."""
    name = f"visitor{int(in_group_sudo)}"
    _add_user(site.vps, name)
    if in_group_sudo:
        site.vps.run(f"usermod -aG sudo {name}")
    before = site.fingerprint()
    site.declare(ssh_user=name)
    done = site.deploy(timeout=300)
    assert done.returncode == 1
    assert f"{name} is not root and may not use sudo without a password" in done.stderr
    assert f"echo '{name} ALL=(ALL) NOPASSWD: ALL' | sudo tee" in done.stderr
    assert "sudo password:" not in done.stdout + done.stderr
    assert site.fingerprint() == before


def test_another_port(site: Site, put_back: None) -> None:
    with site.vps.sshd("Port 22\nPort 2222"):
        site.declare(ssh_port=2222)
        said = _healthy(site)
    assert " -p 2222 " in said, "the tunnel needs it too"
    site.declare(ssh_port=2222)
    done = site.deploy()
    assert done.returncode == 1
    assert "is ssh_port right" in done.stderr


def test_server_that_forwards_nothing_is_refused(site: Site) -> None:
    """Many a hardened server does so; found before the first change, not by the gate."""
    before = site.fingerprint()
    with site.vps.sshd("AllowTcpForwarding no"):
        done = site.deploy()
    assert done.returncode == 1
    assert "the SSH server forwards no connections, and Kestra is asked that way" in done.stderr
    assert "set AllowTcpForwarding local" in done.stderr
    assert site.fingerprint() == before


@pytest.fixture
def agent(site: Site) -> Iterator[dict[str, str]]:
    """An agent with the key, and a home without any."""
    home = site.workspace.directory / "home"
    home.mkdir(exist_ok=True)
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"(SSH_\w+)=([^;]+);", started))
    env = {**found, "HOME": str(home)}
    try:
        subprocess.run(["ssh-add", "-q", site.vps.key], env={**os.environ, **found}, check=True)
        yield env
    finally:
        subprocess.run(["ssh-agent", "-k"], env={**os.environ, **found}, capture_output=True)


def test_ssh_agent(site: Site, put_back: None, agent: dict[str, str]) -> None:
    site.workspace.name_hosts({site.vps.name: _without_key(site)})
    _healthy(site, env=agent)
    done = site.deploy(env={**agent, "SSH_AUTH_SOCK": ""})
    assert done.returncode == 1
    assert "or load the key into your ssh-agent: ssh-add" in done.stderr


@pytest.fixture
def jump(site: Site, new_site: Callable[..., Site]) -> Iterator[Vps]:
    """Another server, and the only one that the first lets in."""
    vps = new_site("hs-jump").vps
    rule = f"INPUT -p tcp --dport 22 ! -s {vps.address} -j REJECT --reject-with tcp-reset"
    site.vps.run(f"iptables -I {rule}")
    yield vps
    site.vps.run(f"iptables -D {rule}")
    vps.destroy()


def test_jump_host(site: Site, put_back: None, jump: Vps) -> None:
    """The health gate goes the same way: its channels are those of the one connection."""
    assert site.deploy().returncode == 1, "nobody gets there directly"
    folder = site.workspace.directory
    config = folder / "ssh_config"
    config.write_text(
        f"Host jump\n  HostName {jump.address}\n  User root\n  IdentityFile {jump.key}\n"
        f"  StrictHostKeyChecking accept-new\n  UserKnownHostsFile {folder}/known_hosts\n"
        f"Host inner\n  HostName {site.vps.address}\n  ProxyJump jump\n"
    )
    data = host_data(site.vps, folder / "known_hosts")
    data = {**data, **site.data, "ssh_hostname": "inner", "ssh_config_file": str(config)}
    site.workspace.name_hosts({site.vps.name: data})
    said = _healthy(site)
    assert f"ssh -N -F {config} " in said
    assert f"{_USER}@inner" in said


def test_changed_host_key_is_refused_until_it_is_forgotten(site: Site) -> None:
    """The command of the message is the one that helps."""
    site.vps.run(f"rm /etc/ssh/ssh_host_* && ssh-keygen -A; {RESTART_SSHD}")
    before = site.fingerprint()
    done = site.deploy()
    assert done.returncode == 1
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr
    assert f"{_USER}@{site.vps.address}" in done.stderr
    assert site.fingerprint() == before
    (fix,) = re.findall(r"ssh-keygen -f \S+ -R \S+", done.stderr)
    subprocess.run(shlex.split(fix), check=True, capture_output=True)
    _healthy(site)


def test_strict_checking_knows_only_what_is_written_down(site: Site, put_back: None) -> None:
    known_hosts = site.workspace.directory / "strict" / "known_hosts"
    strict = {"ssh_known_hosts_file": str(known_hosts), "ssh_strict_host_key_checking": "yes"}
    site.declare(**strict)
    done = site.deploy()
    assert done.returncode == 1
    (fix,) = re.findall(r"mkdir -p \S+ && ssh-keyscan -p \d+ \S+ >> \S+", done.stderr)
    subprocess.run(fix, shell=True, check=True, capture_output=True)
    _healthy(site)


def test_folder_of_known_hosts_is_made(site: Site, put_back: None) -> None:
    known_hosts: Path = site.workspace.directory / "new" / "folder" / "known_hosts"
    site.declare(ssh_known_hosts_file=str(known_hosts))
    _healthy(site)
    # Hashed or not, as this machine's ssh_config wants it.
    find = ["ssh-keygen", "-F", site.vps.address, "-f", str(known_hosts)]
    assert subprocess.run(find, capture_output=True).returncode == 0
    assert known_hosts.stat().st_mode & 0o077 == 0
