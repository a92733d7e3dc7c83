"""The `.env` on a host, and its secrets of flows: read without a trace of them in any output."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra.api.host import Host

from kestra_provision.remote.shell import Result
from kestra_provision.run import ahead
from kestra_provision.run.observation import Look, quiet_look, seen
from kestra_provision.run.state import stack_here
from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile, EnvFileError
from kestra_provision.settings.flow_secrets import PREFIX
from kestra_provision.stack.layout import Layout

MODE = "600 0 0"
#: A secret of flows, as the look prints it.
_OF_FLOWS = re.compile(rf"\+({PREFIX}\w*)=(.*)")


@dataclass(frozen=True)
class HostEnv:
    """A host's `.env`; `access` is its mode, uid and gid, empty when there is no file.

    + text: the file as it is, to the byte
    + wanted: names of the secrets that its stack needs
    + of_flows: what stands in the file beside it, in base64, by the names of variables
    """

    file: EnvFile
    access: str
    text: str = ""
    wanted: tuple[str, ...] = ()
    of_flows: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets it holds, by name."""
        names = (*passwords.NAMES, *passwords.OPTIONAL)
        return {name: value for name in names if (value := self.file.values.get(name))}

    @property
    def incomplete(self) -> bool:
        """True when a secret is missing, or the file may have been cut off in its last line."""
        return bool(self.missing) or not self.text.endswith("\n")

    @property
    def missing(self) -> list[str]:
        """Secrets that it should hold and does not."""
        return [name for name in self.wanted if name not in self.secrets]


def env_path(root_dir: str) -> str:
    """Where the `.env` of a stack lies."""
    return Layout(root_dir).env


def env_look(root_dir: str) -> Look[Result]:
    """The question for mode and content; a fact would print the content at `-vvv`."""
    path, flows = shlex.quote(env_path(root_dir)), shlex.quote(Layout(root_dir).flow_secrets)
    return quiet_look(
        f".env {root_dir}",
        # The dot shows whether the last line has its line break.
        f"{{ if [ -f {path} ]; then stat -c '%a %u %g' {path}; cat {path} && echo .; "
        f"elif [ -e {path} ]; then echo it is no file >&2; false; fi; }} && "
        f"{{ [ ! -f {flows} ] || sed -n 's/^{PREFIX}[A-Z0-9_]*=/+&/p' {flows}; }}",
        read=lambda result: result,
    )


def read_env(host: Host, root_dir: str) -> HostEnv:
    """Reads mode and content in one quiet channel.

    Raises `NoAnswerError` where the host does not answer, and `EnvFileError` for a file that cannot
    be read or holds a line that is no `KEY=value`, naming its number and nothing of its content.
    """
    return _parsed(host, env_look(root_dir).alone(host), root_dir)


def observed_env(host: Host, root_dir: str) -> HostEnv:
    """`read_env`, or its answer from before; raises `EnvFileError` as it does."""
    return _parsed(host, seen(host, env_look(root_dir)), root_dir)


def expected_env(host: Host, root_dir: str) -> HostEnv:
    """`observed_env`, or the one that a plan is about to make of it; raises as that does."""
    text = ahead.of(host).files.get(env_path(root_dir))
    if text is None:
        return observed_env(host, root_dir)
    of_flows = observed_env(host, root_dir).of_flows
    return HostEnv(EnvFile.parse(text), MODE, text, stack_here(host).secret_names, of_flows)


def stale_secrets(host: Host, root_dir: str) -> set[str]:
    """Names of secrets that a plan is about to make others: what the host said with them is old."""
    if env_path(root_dir) not in ahead.of(host).files:
        return set()
    before, after = observed_env(host, root_dir), expected_env(host, root_dir)
    return {name for name, value in after.secrets.items() if before.secrets.get(name) != value}


def _parsed(host: Host, result: Result, root_dir: str) -> HostEnv:
    path = env_path(root_dir)
    if not result.ok:
        raise EnvFileError(f"{path} cannot be read: {result.stderr.strip()}")
    told, of_flows = _apart(result.stdout.removesuffix("\n"))
    if (told and not told.endswith(".")) or _is_broken(told):
        raise EnvFileError(
            f"{path} arrived cut off, or broken by a byte that is no UTF-8; on the host "
            f"LC_ALL=C.UTF-8 grep -naxv '.*' {shlex.quote(path)} names its line; "
            "the file was left as it is"
        )
    access, _, text = told.removesuffix(".").partition("\n")
    try:
        names = stack_here(host).secret_names
        return HostEnv(EnvFile.parse(text), access, text, names, of_flows)
    except EnvFileError as error:
        raise EnvFileError(f"{path}: {error}; the file was left as it is") from error


def _apart(told: str) -> tuple[str, dict[str, str]]:
    """What is told of `.env`, and the lines behind it, which are secrets of flows."""
    lines, of_flows = told.split("\n"), dict[str, str]()
    while found := _OF_FLOWS.fullmatch(lines[-1]):
        of_flows[found[1]] = found[2]
        lines.pop()
        lines = lines or [""]
    return "\n".join(lines), of_flows


def _is_broken(text: str) -> bool:
    """Bytes that are no UTF-8 come as halves of surrogates."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)
