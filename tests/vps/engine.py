"""The Docker Engine the disposable VPS runs on: found, installed or started."""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

START_TIMEOUT = 60

# Where a dockerd, and the containerd it starts, write their process ids. Neither starts while a
# process has the number in its file, be it a stranger or a zombie.
DAEMON_PID_FILES = {
    "dockerd": Path("/var/run/docker.pid"),
    "containerd": Path("/var/run/docker/containerd/containerd.pid"),
}


class EngineError(RuntimeError):
    """The engine, or a command given to it, did not do what was asked."""


def cache_dir() -> Path:
    """The folder that keeps keys, logs and archives between runs."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = base / "kestra-provision"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def call(
    command: Sequence[str],
    *,
    check: bool = True,
    stdin: str | bytes | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command and keep its output; what failed is shown with its last lines."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    raw = subprocess.run(
        list(command), input=given, capture_output=True, timeout=timeout, check=False
    )
    text = raw.stdout.decode(errors="replace"), raw.stderr.decode(errors="replace")
    done = subprocess.CompletedProcess(raw.args, raw.returncode, *text)
    if check and done.returncode != 0:
        shown = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise EngineError(f"{' '.join(command[:4])} … ended with {done.returncode}:\n{shown}")
    return done


def docker(
    *arguments: str,
    check: bool = True,
    stdin: str | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the docker client with these arguments."""
    return call(["docker", *arguments], check=check, stdin=stdin, timeout=timeout)


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """One process at a time on this machine; the second finds what the first one made."""
    with (cache_dir() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure_engine() -> None:
    """Make sure a Docker daemon answers: install and start Debian's when none does."""
    if _answers():
        return
    with exclusive("engine"):
        need_program("dockerd", "docker.io")
        if Path("/run/systemd/system").is_dir():
            call(["systemctl", "start", "docker"])
            _wait_until_it_answers(None)
        elif not _answers():
            _wait_until_it_answers(_start_daemon())


def stop_engine() -> bool:
    """End the daemon that `ensure_engine` started; anybody else's is left alone."""
    pid = _own_daemon()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    for _ in range(150):
        if _own_daemon() is None:
            break
        time.sleep(0.2)
    else:
        raise EngineError(f"dockerd ({pid}) still runs 30 s after SIGTERM")
    _pid_file().unlink(missing_ok=True)
    return True


def need_program(program: str, *packages: str) -> None:
    """Install Debian packages unless the program they bring is already there."""
    if shutil.which(program):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise EngineError(
            f"{program} is missing: install it (Debian: apt-get install {packages[0]})"
        )
    apt_get("install", "-y", "--no-install-recommends", *packages)


def apt_get(*arguments: str) -> None:
    """Runs apt with fresh lists. One at a time: two test runs go on beside each other."""
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    quiet += ["-o", "DPkg::Lock::Timeout=300"]
    with exclusive("apt"):
        call([*quiet, "update"])
        call([*quiet, *arguments])


def _answers() -> bool:
    if not shutil.which("docker"):
        return False
    # `docker info` alone ends with 0 when only the client half works.
    probe = docker("info", "--format", "{{.ServerVersion}}", check=False, timeout=30)
    return probe.returncode == 0 and bool(probe.stdout.strip())


def _start_daemon() -> subprocess.Popen[bytes] | None:
    if os.geteuid() != 0:
        raise EngineError("no Docker daemon answers and only root can start one: start it")
    if _own_daemon() is not None:
        return None  # still on its way up
    for name, path in DAEMON_PID_FILES.items():
        remove_stale_pid_file(path, name)
    with _log_file().open("ab") as log:
        # Its own session: the daemon outlives the test run, and Ctrl-C does not reach it.
        daemon = subprocess.Popen(
            ["dockerd"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    _pid_file().write_text(f"{daemon.pid}\n")
    return daemon


def _wait_until_it_answers(daemon: subprocess.Popen[bytes] | None) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if _answers():
            return
        if daemon is not None and daemon.poll() is not None:
            break
        time.sleep(0.3)
    log = _log_file()
    lines = log.read_text(errors="replace").splitlines()[-20:] if log.exists() else []
    raise EngineError(
        f"Docker does not answer after up to {START_TIMEOUT} s. Last lines of {log}:\n"
        + "\n".join(lines)
    )


def running_pid(path: Path, name: str) -> int | None:
    """The process id in a file, when it is still that program and not a reused number."""
    try:
        pid = int(path.read_text())
        comm = Path(f"/proc/{pid}/comm").read_text().strip()
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, ValueError):
        return None
    return pid if comm == name and state != "Z" else None


def remove_stale_pid_file(path: Path, name: str) -> None:
    """Remove the pid file of a daemon that was killed: its number may be another's by now."""
    if running_pid(path, name) is None:
        path.unlink(missing_ok=True)


def _own_daemon() -> int | None:
    return running_pid(_pid_file(), "dockerd")


def _pid_file() -> Path:
    return cache_dir() / "dockerd.pid"


def _log_file() -> Path:
    return cache_dir() / "dockerd.log"
