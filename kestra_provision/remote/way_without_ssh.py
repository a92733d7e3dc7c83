"""ssh's configuration where the ssh client is missing: read by paramiko, as far as it can."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import paramiko

#: What paramiko evaluates; any other criterion counts as met for it.
_CRITERIA = {"all", "host", "originalhost", "user", "localuser"}
#: Options of ssh's command line by their names in its configuration.
_LETTERS = {"-p": "port", "-i": "identityfile", "-l": "user"}


class BeyondError(Exception):
    """What paramiko cannot evaluate, with file and line."""


def options(
    name: str, line: Sequence[str], files: Iterable[Path], user: str | None
) -> dict[str, list[str]]:
    """What these files say of a host, by option.

    + line: options of ssh's command line, which go before them
    + user: who logs in, where that is told

    Raises `BeyondError` for what would have to be guessed.
    """
    found = _of_line(line)
    if user:
        found["user"] = [user]
    for file in files:
        if not file.exists():
            continue
        try:
            text = file.read_text(encoding="utf-8")
            _require_known(file, text)
            told = paramiko.SSHConfig.from_text(text).lookup(name)
        except (OSError, ValueError, paramiko.SSHException) as error:
            raise BeyondError(f"{file} cannot be read ({error})") from error
        for option, value in told.items():
            # It always tells a hostname.
            if option not in found and (option, value) != ("hostname", name):
                found[option] = value if isinstance(value, list) else [str(value)]
    defaults = {
        "hostname": [name],
        "userknownhostsfile": ["~/.ssh/known_hosts ~/.ssh/known_hosts2"],
        "globalknownhostsfile": ["/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"],
        "identityfile": [f"~/.ssh/id_{kind}" for kind in ("rsa", "ecdsa", "ed25519")],
    }
    return {**defaults, **found}


def _of_line(line: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for letter, value in zip(line[::2], line[1::2], strict=True):
        if letter == "-o":
            option, _, told = value.partition("=")
            found.setdefault(option.lower(), []).append(told)
        elif letter in _LETTERS:
            found.setdefault(_LETTERS[letter], []).append(value)
    return found


def _require_known(file: Path, text: str) -> None:
    for number, written in enumerate(text.splitlines(), 1):
        words = shlex.split(written.replace("=", " ", 1), comments=True, posix=False)
        word = words[0].lower() if words else ""
        criteria = {each.lower().lstrip("!") for each in words[1::2]} if word == "match" else set()
        if word == "include" or criteria - _CRITERIA:
            raise BeyondError(f"{file}:{number}: {written.strip()!r} cannot be evaluated here")
