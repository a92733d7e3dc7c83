"""The logs of containers, as they come, line by line and without secrets."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host

from kestra_provision.facts.running import Running
from kestra_provision.facts.survey import Survey, survey_arguments
from kestra_provision.run.state import of, run_of
from kestra_provision.secrets.env import env_path, read_env
from kestra_provision.secrets.redact import redact, secrets_in
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.status.deployed import absence
from kestra_provision.text.words import enumerated

#: Without a terminal nothing ends a remote command whose caller is gone: `docker logs --follow`
#: would notice at its next line, which may never come. Our end of stdin tells at once.
_UNTIL_STDIN_ENDS = """exec 3<&0
{logs}
{{ while read -r _ <&3; do :; done; kill "${{p[@]}}"; }} >/dev/null 2>&1 &
w=$! s=0
for i in "${{p[@]}}"; do wait "$i" || s=$?; done
kill $w 2>/dev/null
exit $s
"""
_ONE = "{logs} {where} 2>&1 </dev/null & p+=($!)"


class NoLogError(Exception):
    """Why there is nothing to show, with what helps."""


def complaint_of_tail(tail: str) -> str:
    """Why `--tail` cannot be that; empty when it can."""
    good = tail == "all" or (tail.isascii() and tail.isdigit())
    return "" if good else f"{tail!r} is neither a number of lines nor all"


def command(
    containers: Mapping[str, str], tail: str, since: str | None, follow: bool
) -> StringCommand:
    """`docker logs` of each container, which end when our end of their stdin does.

    + containers: by service; each line of several begins with its service and its time
    + tail: a number of lines of each, or `all`
    + since: a duration or a time
    """
    words = ["docker", "logs", "--tail", tail]
    words += ["--since", since] if since else []
    words += ["--follow"] if follow else []
    words += ["--timestamps"] if len(containers) > 1 else []
    width = max(map(len, containers), default=0)
    started = [
        _ONE.format(
            logs=shlex.join([*words, container]),
            # Of a pipe the last process is the one that `$!` names, and docker has to be ended.
            where=f"> >(sed -u 's/^/{service:<{width}} | /')" if len(containers) > 1 else "",
        )
        for service, container in containers.items()
    ]
    text = _UNTIL_STDIN_ENDS.format(logs="\n".join(started))
    # bash that sshd or sudo starts would read .bashrc here, and its noise were a line of a log.
    return StringCommand(f"bash --norc -c {shlex.quote(text)}")


def in_time(lines: Iterable[str]) -> list[str]:
    """Lines of several services, each beginning as `command` has it, the oldest first."""
    return sorted(lines, key=lambda line: line.partition(" | ")[2].partition(" ")[0])


def without_secrets(chunks: Iterable[bytes], secrets: Sequence[str]) -> Iterator[str]:
    """Whole lines with every secret struck out.

    A chunk may end within a secret or a character, so nothing is let out before its line ends;
    when `chunks` raises, because the connection broke, half a line is not let out at all.
    """
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield redact(line.decode(errors="replace"), secrets) + "\n"
    if rest:
        yield redact(rest.decode(errors="replace"), secrets) + "\n"


def struck_out(host: Host, settings: Settings) -> list[str]:
    """The secrets of the host, which are to be struck out of a log.

    Raises `NoLogError` where they cannot be told: such a log is not shown.
    """
    try:
        env = read_env(host, settings.root_dir)
    except EnvFileError as error:
        raise NoLogError(f"{error}; without it secrets cannot be struck out") from error
    if not env.access:
        path = env_path(settings.root_dir)
        repair = run_of(host.state).commands.deploy("--limit", host.name)
        raise NoLogError(f"there is no {path}, so secrets cannot be struck out; {repair}")
    return secrets_in(env, of(host).stack)


def there(host: Host, containers: Mapping[str, str]) -> dict[str, str]:
    """Those of the containers, by service, that exist, running or not.

    Raises `NoLogError` where there is none of them.
    """
    seen = host.get_fact(Running, containers=containers)
    found = {s: name for s, name in containers.items() if seen[s].status != "missing"}
    if not found:
        repair = run_of(host.state).commands.deploy("--limit", host.name)
        raise NoLogError(f"{_absence(host, containers)}; {repair}")
    return found


def _absence(host: Host, containers: Mapping[str, str]) -> str:
    stack = of(host).stack
    survey = host.get_fact(Survey, **survey_arguments(of(host).settings, stack))
    if nothing := absence(stack, survey):
        return nothing
    if not survey.docker_client:
        return "Docker is not installed"
    if survey.docker is None:
        return "Docker does not answer; on the host: systemctl status docker"
    return f"there is no container {enumerated([*containers.values()])}"
