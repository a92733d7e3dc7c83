"""The way to a host as the user's own ssh would go: its effective configuration, read by ssh."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kestra_provision.remote import way_without_ssh

_SYSTEM = Path("/etc/ssh/ssh_config")
_USERS = "~/.ssh/config"
#: Seconds. A `Match exec` runs a command, and names may have to be looked up.
_PATIENCE = 60
#: What ssh prints for an option that has no value.
_NOTHING = ("none", "")
#: What nothing of ours can do in ssh's place, and whose absence would change whom we trust or
#: reach, with the values that ask for nothing.
_BEYOND = {"knownhostscommand": _NOTHING, "proxyusefdpass": ("no",), "bindinterface": _NOTHING}


class WayError(Exception):
    """The configuration cannot be followed, with the way out."""


@dataclass(frozen=True)
class Way:
    """How to reach one host.

    + name: as the inventory, or who jumps through it, calls it
    + options: of ssh, by their names in small letters
    """

    name: str
    options: Mapping[str, Sequence[str]]

    def one(self, option: str, default: str = "") -> str:
        """The value of an option; the default where it has none."""
        value = next(iter(self.options.get(option, ())), default)
        return default if value.lower() in _NOTHING else value

    def number(self, option: str) -> int:
        """A number, such as seconds; 0 where there is none."""
        value = self.one(option, "0")
        return int(value) if value.isdigit() else 0

    def on(self, option: str) -> bool:
        return self.one(option).lower() in ("yes", "true")

    @property
    def hostname(self) -> str:
        return self.one("hostname", self.name)

    @property
    def port(self) -> int:
        return self.number("port") or 22

    @property
    def user(self) -> str:
        return self.one("user") or getpass.getuser()

    @property
    def strict(self) -> str:
        """`yes`, `ask`, `accept-new` or `no`; ssh itself has more words for them."""
        said = self.one("stricthostkeychecking", "accept-new").lower()
        return {"true": "yes", "off": "no", "false": "no"}.get(said, said)

    @property
    def names(self) -> list[str]:
        """Of the host in files of known hosts: the one that counts, and the one without a port."""
        if alias := self.one("hostkeyalias"):
            return [alias.lower()]
        name = self.hostname.lower()
        return [name] if self.port == 22 else [f"[{name}]:{self.port}", name]

    @property
    def known_hosts(self) -> list[Path]:
        """The user's own; the first is written to."""
        return self.files("userknownhostsfile")

    def files(self, option: str) -> list[Path]:
        """Files of an option; none for `none`. ssh does not quote a name with a blank in it."""
        words: list[str] = []
        for value in self.options.get(option, ()):
            for number, word in enumerate(value.split(" ")):
                if number and not re.match(r"[/~%$]|none$", word):
                    words[-1] += f" {word}"
                else:
                    words.append(word)
        words = [word.strip('"') for word in words]
        return [Path(self.expanded(word)) for word in words if word.lower() not in _NOTHING]

    def expanded(self, text: str) -> str:
        """`~`, `${VARIABLE}` and ssh's `%` tokens; raises `WayError` for one that is none."""
        return str(Path(_variables(self.tokens(text))).expanduser())

    def tokens(self, text: str) -> str:
        """ssh's `%` tokens; raises `WayError` for one that is none."""
        host = socket.gethostname()
        values = {
            "%": "%",
            "h": self.hostname,
            "n": self.name,
            "p": str(self.port),
            "r": self.user,
            "k": self.one("hostkeyalias", self.name),
            "j": self.one("proxyjump"),
            "d": str(Path.home()),
            "u": getpass.getuser(),
            "i": str(os.getuid()),
            "l": socket.getfqdn() if "%l" in text else host,
            "L": host.partition(".")[0],
        }
        joined = "".join(values[key] for key in "lhprj")
        values["C"] = hashlib.sha1(joined.encode()).hexdigest()

        def value(found: re.Match[str]) -> str:
            if found[1] not in values:
                raise WayError(f"{text}: ssh has no %{found[1]} there; mend it in your ssh_config")
            return values[found[1]]

        return re.sub(r"%(.?)", value, text)


def find(name: str, options: Sequence[str], file: str | None, user: str | None = None) -> Way:
    """The way to a host.

    + name: as ssh would be told it
    + options: of ssh's command line, which go before its configuration
    + file: the configuration, `~/.ssh/config` and the system's by default
    + user: who logs in, where that is told

    Where ssh is missing, paramiko reads the configuration, and what it cannot evaluate is refused.
    Raises `WayError`, with ssh's own words where it refuses it.
    """
    if name.startswith("-"):
        raise WayError(f"a host cannot be called {name}")
    if file and not Path(file).expanduser().is_file():
        raise WayError(f"there is no {file}; mend ssh_config_file in the inventory")
    files = [Path(file).expanduser()] if file else [Path(_USERS).expanduser(), _SYSTEM]
    if not file:
        _require_private(files[0])
    ssh = shutil.which("ssh")
    if ssh:
        line = [*options, *(["-l", user] if user else [])]
        found = _told(ssh, line, name, files)
    else:
        try:
            found = way_without_ssh.options(name, options, files, user)
        except way_without_ssh.BeyondError as error:
            raise WayError(f"{error}; install the ssh client: openssh-client") from error
    way = Way(name, found)
    for option, nothing in _BEYOND.items():
        if way.options.get(option) and way.one(option, nothing[0]).lower() not in nothing:
            raise WayError(
                f"{option} {way.one(option)} of your ssh_config can only be done by ssh itself; "
                f"leave it out for this host, as with a Host block, or in a file of its own: "
                "ssh_config_file"
            )
    return way


def _require_private(file: Path) -> None:
    """As ssh does: who else can write it could lead us anywhere."""
    if file.exists() and (
        file.stat().st_mode & 0o022 or file.stat().st_uid not in (0, os.getuid())
    ):
        raise WayError(f"others may write {file}, and ssh refuses that: chmod go-w {file}")


def _told(ssh: str, line: Sequence[str], name: str, files: Sequence[Path]) -> dict[str, list[str]]:
    """What `ssh -G` says. A key that nobody said a word of is accepted once, as documented."""
    with tempfile.NamedTemporaryFile("w", prefix="kestra-provision-ssh-") as frame:
        included = "".join(f'Include "{file.absolute()}"\n' for file in files)
        known = " ".join(f'"{Path.home()}/.ssh/known_hosts{each}"' for each in ("", "2"))
        frame.write(f"{included}Match all\n    StrictHostKeyChecking accept-new\n")
        # ssh itself takes the home of the password file, and all else here that of the environment.
        frame.write(f"    UserKnownHostsFile {known}\n")
        frame.flush()
        # -T: or it says that it gets no terminal.
        asked = [ssh, "-G", "-T", "-F", frame.name, *line, "--", name]
        try:
            done = subprocess.run(
                asked,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired as error:
            raise WayError(
                f"ssh -G {name} says nothing for {_PATIENCE} s; a Match exec may hang"
            ) from error
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise WayError(f"ssh refuses its configuration: {said}; mend it there")
    found: dict[str, list[str]] = {}
    for told in done.stdout.splitlines():
        option, _, value = told.partition(" ")
        found.setdefault(option.lower(), []).append(value)
    return found


def _variables(text: str) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise WayError(f"{text}: there is no {found[1]} in the environment")
        return os.environ[found[1]]

    return re.sub(r"\$\{(\w+)\}", value, text)
