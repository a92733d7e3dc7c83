"""What Docker tells of itself and of what it holds, each asked once for all facts.

Each call of the `docker` command takes a slow host a tenth of a second, and most are asked by
several facts at the same time.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping

from kestra_provision import LABEL
from kestra_provision.commands.inspect import JSON, LINE, PROJECT, SERVICE
from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.facts.script import Once

#: Seconds. A daemon that is silent for so long hangs.
PATIENCE = 60
_HANGS = f'no_answer "docker $1 says nothing for {PATIENCE} s; systemctl restart docker there"'
_TELLS_NOT = 'no_answer "docker $1 does not tell: $why"'

#: A line for each of its own words: `plugin NAME VERSION`, `server VERSION`, `root FOLDER`,
#: `driver JSON`, `daemon LIVE-RESTORE LOG-DRIVER SWARM`, `limits MEMORY SWAP PIDS` (what the kernel
#: lets it limit), `security JSON`, `init PROGRAM` (the first process of a container that has one).
#: Plugins come first: without a daemon some releases end there.
INFO = Once(
    "docker_info",
    f"""set -- info
{{ why=$(timeout {PATIENCE} docker info 2>&1 >&4 4>&- --format '"""
    """{{range .ClientInfo.Plugins}}plugin {{.Name}} {{.Version}}
{{end}}server {{.ServerVersion}}
root {{.DockerRootDir}}
driver {{json .DriverStatus}}
daemon {{.LiveRestoreEnabled}} {{.LoggingDriver}} {{.Swarm.LocalNodeState}}
limits {{.MemoryLimit}} {{.SwapLimit}} {{.PidsLimit}}
security {{json .SecurityOptions}}
init {{.InitBinary}}'); } 4>&1
"""
    f"""case $?/$why in
    124/*) {_HANGS} ;;
    *"response from daemon"*) {_TELLS_NOT} ;;
esac""",
)

#: `docker_says ARGUMENT…`: a call of docker. It ends with 1 where something is missing, Docker too,
#: and with 2, without an answer, where the daemon is there and does not tell.
SAYS = Once(
    "docker_says",
    f"""{{ why=$(timeout {PATIENCE} docker "$@" 2>&1 >&4 4>&-); }} 4>&1
case $?/$why in
    0/*) return 0 ;;
    124/*) {_HANGS} ;;
    *[Nn]"o such "* | *"not found"*) return 1 ;;
    *)
        [ "$({INFO.ask} | sed -n '/^server ./p')" ] || return 1
        {_TELLS_NOT}
        ;;
esac
return 2""",
    needs=(INFO,),
)

#: Names of what dockerd is or will be started with, a line each without dashes: a key of
#: daemon.json that is one of them as well keeps it from starting. Of `config-file` the path too,
#: and `own-unit` where the operator has a command line of their own.
DOCKERD_FLAGS = Once(
    "dockerd_flags",
    """{
    systemctl show -p ExecStart --value docker.service
    tr '\\0' ' ' < "/proc/$(cat /run/docker.pid)/cmdline"
} | grep dockerd | grep -oE -- ' --?[a-zA-Z][a-z0-9-]*([= ][^ ;-][^ ;]*)?' |
    sed -E 's/^ -+//; /^config-file/!s/[= ].*//; s/^config-file /config-file=/' | sort -u
! grep -qs '^ExecStart=' /etc/systemd/system/docker.service.d/*.conf || echo own-unit""",
)

#: The file comes behind it. The option came with Docker 23.
VALIDATE = "dockerd --validate --config-file"
_WITHOUT_LOGINS = "sed -e 's|//[^/@ ]*@|//|g'"
#: Why dockerd would not start with its file, in its words; of one that it has read and runs with
#: nobody asks, because the question takes a tenth of a second.
REJECTED = (
    f"if [ -s {DAEMON_JSON} ] && command -v dockerd > /dev/null && "
    f'[ -z "$(find {DAEMON_JSON} ! -newercm /run/docker.pid)" ]; then '
    f'said=$({VALIDATE} {DAEMON_JSON} 2>&1) || case $said in *"unknown flag"*) ;; '
    f"*) printf '%s\\n' \"$said\" | {_WITHOUT_LOGINS} | tail -n 1 | cut -c1-400 ;; esac; fi"
)

#: The last complaints of a daemon that ended: most of what it says else is no trouble. Not with
#: `-u`, which shows what systemd says of it as well.
DAEMON_SAYS = (
    "if [ -d /run/systemd/system ]; then "
    "journalctl _SYSTEMD_UNIT=docker.service -n 60 -o cat --no-pager; "
    "else tail -n 60 /var/log/docker.log; fi | "
    "grep -E 'level=(fatal|error)|[Ff]ailed to (start|load|create)|[Uu]nable to|dockerd: ' | "
    f"{_WITHOUT_LOGINS} | tail -n 2 | cut -c1-400"
)


def limits(told: Mapping[str, str]) -> dict[str, bool]:
    """`memory`, `swap` and `pids`, by whether this kernel lets Docker limit them.

    Where it does not, Docker makes containers without the limit. Empty where no Docker tells.

    + told: what `info` read
    """
    words = told.get("limits", "").split() if told.get("server") else []
    return {name: w == "true" for name, w in zip(("memory", "swap", "pids"), words, strict=False)}


_CONTAINER = "\t".join(
    [
        "{{.Names}}",
        f'{{{{.Label "{LABEL}"}}}}',
        f'{{{{.Label "{PROJECT}"}}}}',
        "{{.Image}}",
        "{{.Status}}",
        "{{.Ports}}",
        f'{{{{.Label "{PROJECT}.working_dir"}}}}',
        "{{.ID}}",
        f'{{{{.Label "{SERVICE}"}}}}',
    ]
)
#: Every container of the host, columns apart by tabs.
CONTAINERS = Once(
    "docker_containers",
    f"docker_says ps -a --no-trunc --format {shlex.quote(_CONTAINER)}",
    needs=(SAYS,),
)

#: Every volume: its name, the value of our label, its project, its folder.
VOLUMES = Once(
    "docker_volumes",
    "docker_says volume ls --format "
    f"""'{{{{.Name}}}}|{{{{.Label "{LABEL}"}}}}|{{{{.Label "{PROJECT}"}}}}|{{{{.Mountpoint}}}}'""",
    needs=(SAYS,),
)


def images(references: Iterable[str]) -> Once:
    """`REFERENCE ID CREATED LAYERS` of each image that is there.

    All at once, and one by one where one is missing: Docker does not say which.
    """
    inspect = "docker_says image inspect --format '{{.Id}} {{.Created}} {{json .RootFS.Layers}}'"
    return Once(
        "docker_images",
        f"""set -- {shlex.join(references)}
if found=$({inspect} "$@"); then
    while read -r image; do echo "$1 $image"; shift; done <<END
$found
END
elif [ $? = 1 ]; then
    for reference; do image=$({inspect} "$reference") && echo "$reference $image"; done
fi""",
        needs=(SAYS,),
    )


def inspected(project: str, names: Iterable[str]) -> Once:
    """Three lines of each container of the project, and of any that has one of these names.

    `json PROJECT JSON`, `pid PROJECT /NAME PID`, and `line /NAME|LINE` for the host's scripts.
    """
    label = f'{{{{index .Config.Labels "{PROJECT}"}}}}'
    form = "\n".join(
        [
            f"json {label} {JSON}",
            f"pid {label} {{{{.Name}}}} {{{{.State.Pid}}}}",
            f"line {{{{.Name}}}}|{LINE}",
        ]
    )
    # A container that others link to has several names.
    chosen = (
        '$3 == project {print $8; next} {n = split($1, name, ","); '
        'for (i = 1; i <= n; i++) if (index(names, " " name[i] " ")) {print $8; next}}'
    )
    listed = shlex.quote(f" {' '.join(names)} ")
    choose = f"awk -F '\t' -v project={shlex.quote(project)} -v names={listed} '{chosen}'"
    inspect = f"docker_says inspect --type container --format {shlex.quote(form)}"
    return Once(
        "docker_inspected",
        f"all=$({CONTAINERS.ask}) || return\nset -- $(printf '%s\\n' \"$all\" | {choose})\n"
        f'[ $# = 0 ] || {inspect} "$@"',
        needs=(CONTAINERS,),
    )


def info(lines: Iterable[str]) -> dict[str, str]:
    """What `INFO` printed, by the first word of each line; of plugins by `plugin NAME`."""
    return dict(_pairs(lines))


def _pairs(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        key, _, value = line.partition(" ")
        if key == "plugin":
            name, _, value = value.partition(" ")
            key = f"{key} {name}"
        yield key, value
