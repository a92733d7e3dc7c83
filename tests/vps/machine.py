"""One disposable VPS: a systemd container with sshd, booted, used and thrown away."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.vps import engine
from tests.vps.engine import EngineError
from tests.vps.images import vps_image

LABEL = "io.kestra-provision.vps"
BOOT_TIMEOUT = 180
# Measured, not guessed: all that systemd and an engine inside need short of --privileged. The
# two capabilities left out would reach the machine itself: its limits and its clock.
ARRANGEMENT = [
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--cap-drop=SYS_TIME",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--device-cgroup-rule=a *:* rwm",
    "--cgroupns=host",
    "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw",
    "--env=SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
    "--tmpfs=/run",
    "--tmpfs=/run/lock",
    "--tmpfs=/tmp:exec,mode=1777",
    "--volume=/var/lib/docker",
]
# systemd refuses a sixth start within ten seconds, and a server without sshd is lost to all tests.
RESTART_SSHD = "systemctl reset-failed ssh; systemctl restart ssh"
_SSHD_CONFIG = "/etc/ssh/sshd_config.d/10-test.conf"
KILL_CONTAINERS = "command -v docker >/dev/null && docker ps -q | xargs -r docker kill"


@dataclass(frozen=True)
class Vps:
    """A booted machine and how to reach it."""

    name: str
    key: Path
    port: int = 22
    user: str = "root"

    @property
    def address(self) -> str:
        """The IPv4 address it has now: Docker may hand out another one at a restart."""
        form = '{{(index .NetworkSettings.Networks "bridge").IPAddress}}'
        address = engine.docker("inspect", "--format", form, self.name).stdout.strip()
        if not address:
            raise EngineError(f"{self.name} has no address: it is not running")
        return address

    def run(
        self,
        command: str,
        check: bool = True,
        stdin: str | None = None,
        timeout: float | None = 600,
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command as root, past SSH: for looking and for breaking things."""
        way = ["exec"] if stdin is None else ["exec", "--interactive"]
        arguments = [*way, self.name, "sh", "-c", command]
        return engine.docker(*arguments, check=check, stdin=stdin, timeout=timeout)

    def ssh_command(self, *command: str) -> list[str]:
        """The ssh client's command line for this machine."""
        engine.need_program("ssh", "openssh-client")
        options = {
            "IdentitiesOnly": "yes",
            "BatchMode": "yes",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": str(_known_hosts(self.name)),
            "LogLevel": "ERROR",
            "ConnectTimeout": "10",
        }
        # -F none: what a person has in ~/.ssh/config stays out of it.
        line = ["ssh", "-F", "none", "-i", str(self.key), "-p", str(self.port)]
        for option, value in options.items():
            line += ["-o", f"{option}={value}"]
        return [*line, f"{self.user}@{self.address}", *command]

    def ssh(
        self, *command: str, check: bool = True, timeout: float | None = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run a command through the real ssh client."""
        return engine.call(self.ssh_command(*command), check=check, stdin="", timeout=timeout)

    @contextmanager
    def sshd(self, config: str) -> Iterator[None]:
        """Let sshd run with these lines of sshd_config above its own, and without them again."""
        self.run(f"cat >{_SSHD_CONFIG}; {RESTART_SSHD}", stdin=f"{config}\n")
        try:
            yield
        finally:
            self.run(f"rm {_SSHD_CONFIG}; {RESTART_SSHD}")

    def restart(self) -> None:
        """Boot again, as after a power button; the disk stays."""
        engine.docker("restart", "--time=30", self.name, timeout=120)
        # What was installed on it may fail by itself: only a fresh machine has to be flawless.
        _wait_until_up(self, ("running", "degraded"))

    def destroy(self) -> None:
        """Remove the machine with its disk."""
        if self.name in _names():
            # Killed with the machine, its containers would leave their cgroups on this one.
            self.run(f"timeout 10 sh -c '{KILL_CONTAINERS}'", check=False, timeout=30)
        if self.name in _names("--all"):  # never a container that only has the name
            engine.docker("rm", "--force", "--volumes", self.name)
        _known_hosts(self.name).unlink(missing_ok=True)


def boot(name: str, suite: str = "trixie", docker: bool = False, memory: str | None = None) -> Vps:
    """Boot a fresh machine of this name; a former one is removed.

    + memory: limit such as `4g`, for what runs on it outside of Docker containers
    """
    image = vps_image(suite, docker)
    vps = Vps(name, _key())
    vps.destroy()
    limit = [f"--memory={memory}"] if memory else []
    identity = [f"--name={name}", f"--hostname={name}", f"--label={LABEL}={suite}"]
    engine.docker("run", "--detach", *identity, *ARRANGEMENT, *limit, image)
    try:
        public = vps.key.with_suffix(".pub").read_text()
        vps.run("umask 077; mkdir -p /root/.ssh; cat >/root/.ssh/authorized_keys", stdin=public)
        _wait_until_up(vps, ("running",))
    except BaseException:
        vps.destroy()
        raise
    return vps


def find(name: str) -> Vps | None:
    """The machine of this name, when it runs and is one of ours."""
    return next((vps for vps in machines() if vps.name == name), None)


def machines(stopped: bool = False) -> list[Vps]:
    """Every machine that runs, or that is there at all."""
    return [Vps(name, _key()) for name in _names(*(["--all"] if stopped else []))]


def destroy_all() -> list[str]:
    """Remove every machine, stopped ones too, and say which."""
    former = machines(stopped=True)
    for vps in former:
        vps.destroy()
    return [vps.name for vps in former]


def _names(*options: str) -> list[str]:
    arguments = ["--filter", f"label={LABEL}", "--format", "{{.Names}}"]
    return sorted(engine.docker("ps", *options, *arguments).stdout.split())


def _wait_until_up(vps: Vps, good: tuple[str, ...]) -> None:
    deadline = time.monotonic() + BOOT_TIMEOUT
    state = ""
    while time.monotonic() < deadline:
        state = vps.run("systemctl is-system-running", check=False).stdout.strip()
        if state in good and _sshd_answers(vps):
            return
        if state == "degraded" and state not in good:
            break
        time.sleep(0.2)
    look = "systemctl --failed --no-legend --plain; journalctl -b -p warning -n 25 --no-pager"
    shown = vps.run(look, check=False)
    logs = engine.docker("logs", "--tail", "10", vps.name, check=False)
    said = (shown.stdout + shown.stderr + logs.stdout + logs.stderr).strip()
    sshd = "answers" if _sshd_answers(vps) else "does not answer"
    states = f"systemd says {state or 'nothing'!r}, sshd {sshd}"
    raise EngineError(f"{vps.name} did not come up, {states}:\n{said}")


def _sshd_answers(vps: Vps) -> bool:
    try:
        with socket.create_connection((vps.address, vps.port), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except (OSError, EngineError):  # not there yet, or gone again
        return False


def _key() -> Path:
    """The private key all machines let in; made once, for this person only."""
    key = engine.cache_dir() / "vps_ed25519"
    with engine.exclusive("key"):
        if not key.with_suffix(".pub").exists():
            engine.need_program("ssh-keygen", "openssh-client")
            key.unlink(missing_ok=True)
            comment = "kestra-provision disposable VPS"
            engine.call(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(key)]
            )
    return key


def _known_hosts(name: str) -> Path:
    return engine.cache_dir() / f"known_hosts.{name}"
