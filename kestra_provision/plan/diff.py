"""What becomes of each file, line by line, without a secret."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence

from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host

from kestra_provision.commands.logs import SHORTEST
from kestra_provision.operations.env import declared_before
from kestra_provision.plan.report import File
from kestra_provision.remote.shell import run_quietly
from kestra_provision.run.coming import Coming
from kestra_provision.run.flow_secrets import found
from kestra_provision.run.session import given_secrets
from kestra_provision.run.state import of
from kestra_provision.secrets.env import HostEnv, env_path, observed_env
from kestra_provision.secrets.redact import forms, redact, secrets_in
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.settings.shown import (
    MASK,
    closed_values,
    guarded,
    masked,
    points_elsewhere,
    secretive,
)
from kestra_provision.stack.stack import Stack
from kestra_provision.text.unified import unified

#: What a hand may have written there is told of a port alone: anything else could be a password.
_PORT = re.compile(r"\d{1,5}")
#: A key of YAML or JSON, or a variable of a shell, at the start of a line that is taken away.
_NAME = re.compile(
    r"""-\s*(?:- )?(?:["']?[\w.-]+["']?\s*:(?=\s|$)|(?:export )?[A-Za-z_]\w*=(?=[^=\s]))"""
)


def files(host: Host, coming: Coming) -> tuple[File, ...]:
    """Every file that is about to be written; one channel brings what there is so far.

    A file that could not be read is told without its lines.
    """
    stack, paths = of(host).stack, [*coming.files]
    if not paths:
        return ()
    before = dict(zip(paths, _contents(host, paths), strict=True))
    dot_env = env_path(stack.root)
    env = observed_env(host, stack.root)
    known = _secrets(env, coming.files.get(dot_env, ""), stack, given_secrets(host).values())
    own = of(host).settings
    closed_ones = (*found(host).values.values(), *closed_values(own.kestra_config))
    known += [value for value in closed_ones if len(value) >= SHORTEST]
    names = [name for name in own.kestra_env if secretive(name)]
    known += [sum_ for path in coming.closed for sum_ in _sums(before[path], coming.files[path])]
    told = []
    for path, after in coming.files.items():
        old = before[path]
        if old is None:
            told.append(File(path, new=True))
        elif path == dot_env:
            lines = env_diff(path, old, after, stack, declared_before(host))
            told.append(File(path, False, lines))
        else:
            closed = path in coming.closed
            told.append(
                File(path, False, redacted(unified(old, after, (path, path)), known, closed, names))
            )
    return tuple(told)


def redacted(text: str, secrets: Collection[str], closed: bool, names: Collection[str] = ()) -> str:
    """A difference as people may see it.

    + secrets: values that are known
    + closed: of a file that not everybody may read
    + names: variables whose values are nobody's business, each on a line of its own

    A hand may have written a secret that nobody else knows, and it stands in what is taken away. Of
    a closed file only names are shown of that, of others whatever is not called like a secret.
    """
    text = masked(redact(text, [form for secret in secrets for form in forms(secret)]))
    if names:
        variable = rf"\b({'|'.join(names)})\b(\"?: |=)\S.*"
        text = re.sub(variable, rf"\1\2{MASK}", text)
    shown, gone = list[str](), set[str]()
    for line in text.splitlines():
        kept = line
        if line.startswith("-") and not line.startswith("--- "):
            kept = _name_of(line) if closed else guarded(line)
            gone.add(kept[1:])
        elif closed:
            kept = guarded(line)
        alike = kept.startswith("+") and MASK in kept and kept[1:] in gone
        shown.append(f"{kept} (another one)" if alike else kept)
    return "".join(f"{line}\n" for line in shown)


def _name_of(line: str) -> str:
    """A line that is taken away, without its value, unless that only says where a secret is."""
    if name := _NAME.match(line):
        value = line[name.end() :].strip()
        return line if not value or points_elsewhere(value) else f"{name[0]} {MASK}"
    return f"{line[: len(line) - len(line[1:].lstrip())]}{MASK}"


def env_diff(path: str, before: str, after: str, stack: Stack, former: Collection[str] = ()) -> str:
    """Of `.env`: settings with their values, everything else by name.

    + former: values that settings had at the last deploy

    What another value of a setting was before is shown where it is one of them, or a port.
    """
    old, new = EnvFile.parse(before).values, EnvFile.parse(after).values
    settings = stack.environment

    def line(key: str, values: Mapping[str, str], others: Mapping[str, str]) -> str:
        value = values[key]
        known = value in former or value == settings.get(key) or _PORT.fullmatch(value)
        if key in settings and known:
            return f"{key}={masked(value)}"
        another = values is new and others.get(key, value) != value
        return f"{key}={MASK}{' (another one)' if another else ''}"

    return unified(
        "\n".join(line(key, old, new) for key in old),
        "\n".join(line(key, new, old) for key in new),
        (path, path),
        context=0,
    )


def _contents(host: Host, paths: Sequence[str]) -> list[str | None]:
    """Text of each file; None for one that is not there. Read quietly: secrets may be in it."""
    one = '[ ! -f "$f" ] || { base64 -w0 "$f"; printf .; }; echo'
    each = shlex.quote(f"for f in {shlex.join(paths)}; do {one}; done")
    result = run_quietly(host, StringCommand(f"sh -c {each}"))
    lines = [*result.stdout.split("\n"), *[""] * len(paths)][: len(paths)]
    return [
        base64.b64decode(line[:-1]).decode(errors="replace") if line.endswith(".") else None
        for line in lines
    ]


def _sums(*texts: str | None) -> list[str]:
    """Of a file with secrets, as others name them: where a secret is made anew, each plan has
    another one."""
    return [hashlib.sha256(text.encode()).hexdigest() for text in texts if text is not None]


def _secrets(env: HostEnv, coming: str, stack: Stack, given: Iterable[str]) -> list[str]:
    later = HostEnv(EnvFile.parse(coming), "")
    return [*secrets_in(env, stack), *secrets_in(later, stack), *given]
