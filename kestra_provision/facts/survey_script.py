"""The one script that looks at a whole host."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from kestra_provision import HEADER
from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.facts import platform
from kestra_provision.facts.apt_proxy import APT_PROXY
from kestra_provision.facts.docker import CONTAINERS, INFO, VOLUMES
from kestra_provision.facts.script import script, section
from kestra_provision.facts.storage import DOCKER_FOLDERS, room_in
from kestra_provision.stack.layout import Layout

#: Packages that bring Docker or parts of it, or a `docker` command that is none.
_PACKAGES = (
    "docker-ce docker-ce-cli containerd.io docker-compose-plugin docker.io docker-cli docker-doc "
    "docker-compose docker-compose-v2 podman-docker containerd runc"
)
#: Addresses in apt's sources may hold a password, which never leaves the host.
_APT_SOURCES = (
    "cd /etc/apt && grep -Hs '' $PWD/sources.list $PWD/sources.list.d/*.list "
    "$PWD/sources.list.d/*.sources | sed 's|//[^/@ ]*@|//|g'"
)


#: The command, and whose it is where it only has the name.
_CLIENT = (
    "c=$(command -v docker) && echo $c && "
    "{ readlink -f $c; head -c 1000 $c | grep -a '^[^#]*podman'; } | grep -qa podman && echo podman"
)

#: What saves logs, by the name of its files.
_SAVING = ("restart", "stop", "self-repair")

#: Names of volumes with our label.
_OURS = f"{VOLUMES.ask} | while IFS='|' read -r v ours _; do [ -z \"$ours\" ] || echo $v; done"


def survey_script(
    root_dir: str,
    versions: Sequence[str],
    names: Sequence[str],
    files: Sequence[str],
    volumes: Sequence[str],
    users: Sequence[str],
) -> str:
    """Shell text whose sections `Survey` reads, run through sudo where the user is not root.

    + root_dir: where the stack lives or will live
    + versions: shell texts that print the version of the data in a volume's folder `$d`
    + names: keys that are looked for in `.env`
    + files: paths that are looked for
    + volumes: names of which it is told whether they are there and not ours
    + users: names that are looked up
    """
    root = shlex.quote(root_dir)
    body = script(
        section("privilege", "echo $privilege"),
        section("user", "echo $user"),
        section(
            "os",
            "[ -r /etc/os-release ] && . /etc/os-release; "
            "echo $ID; echo $VERSION_ID; echo $PRETTY_NAME; "
            "echo $VERSION_CODENAME",
        ),
        section("machine", "uname -m; nproc; grep MemTotal /proc/meminfo"),
        section("systemd", "[ -d /run/systemd/system ] && echo yes"),
        section("rooms", room_in(f"echo {root}; {DOCKER_FOLDERS.ask}")),
        section("client", _CLIENT),
        section("docker", INFO.ask),
        section("containers", CONTAINERS.ask),
        section("listeners", "ss -Hltnp"),
        section("env", f"stat -c %y {root}/.env"),
        # Never what else stands there: the rest of a value of several lines looks like a key.
        section(
            "names",
            f"[ -f {root}/.env ] && grep -oE '^({'|'.join(names)})=' {root}/.env | tr -d =",
        ),
        section("deployed", _deployed(root_dir)),
        section("files", f'for f in {shlex.join(files)}; do [ -e "$f" ] && echo "$f"; done'),
        section("volumes", _OURS),
        section("strange", _strange(volumes)),
        section("strays", _strays(root_dir)),
        section("clock", "date +%s"),
        section("daemon", f"[ -f {DAEMON_JSON} ] && cat {DAEMON_JSON}"),
        section(
            "packages", f"dpkg-query -W -f '${{db:Status-Abbrev}} ${{Package}}\\n' {_PACKAGES}"
        ),
        section("snap", "[ -e /snap/bin/docker ] && echo yes"),
        section("sources", _APT_SOURCES),
        section("users", f"getent passwd {shlex.join(users)} | cut -d: -f1" if users else "true"),
        section("addresses", "ip -o addr show | tr -s ' ' | cut -d' ' -f4 | cut -d/ -f1"),
        section("data", _data_versions(versions)),
        *platform.sections(root_dir),
        section("aptproxy", f"[ -e {APT_PROXY} ] && echo yes"),
        section(
            "tools",
            "for t in setpriv sha256sum stat df ss; do command -v $t >/dev/null || echo $t; done",
        ),
        asks=(*platform.ASKS, CONTAINERS, VOLUMES),
    )
    quoted = shlex.quote(body)
    # A script that is root already says by whom; else the survey becomes root itself.
    return (
        f'if [ -n "$privilege" ]; then sh -c {quoted}; '
        f'elif [ "$(id -u)" = 0 ]; then privilege=root user=$(id -un) sh -c {quoted}; '
        "elif sudo -n sh -c : 2>/dev/null; then "
        f'sudo -n sh -c "export privilege=sudo user=$(id -un); "{quoted}; '
        "else echo @@privilege; echo none; echo; echo @@user; id -un; fi"
    )


def _deployed(root_dir: str) -> str:
    """The project's name in the compose file, if that is one of ours.

    Of a file alone, as all that is read here: a pipe would be waited for for ever.
    """
    file = shlex.quote(Layout(root_dir).compose)
    name = r"s/^name: *\"\?\([A-Za-z0-9_-]*\)\"\?$/\1/p"
    marked = f"head -n 1 {file} | grep -q {shlex.quote(HEADER)}"
    return f"[ -f {file} ] && {marked} && sed -n {shlex.quote(name)} {file}"


def _strays(root_dir: str) -> str:
    """Files that are not plainly ours.

    What a run of ours wrote half has a name of its own, and so has what a runbook leaves.
    """
    root, layout = shlex.quote(root_dir), Layout(root_dir)
    left = [layout.audit, *(f"{layout.logs}/[0-9]*Z-{action}.log" for action in _SAVING)]
    ours = " ".join(f"! -path {shlex.quote(path)}" for path in left)
    return f"find -H {root} -xdev ! -type d ! -name '.*.kestra-provision' {ours} | head -n 3"


def _strange(volumes: Sequence[str]) -> str:
    """Those of these names that are there without our label."""
    listed = shlex.quote(f" {' '.join(volumes)} ")
    return (
        f"{VOLUMES.ask} | while IFS='|' read -r v ours _; do "
        f'[ -n "$ours" ] || case {listed} in *" $v "*) echo $v ;; esac; done'
    )


def _data_versions(versions: Sequence[str]) -> str:
    """`VOLUME VERSION` of each volume of ours with data."""
    if not versions:
        return "true"
    return (
        f"{VOLUMES.ask} | while IFS='|' read -r v ours _ d; do "
        f'[ -z "$ours" ] || echo $v $({"; ".join(versions)}); done'
    )
