"""Whether a container gets out of its host, and when the host's watch looked last."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from kestra_provision.facts.script import first, section

#: Bash, because images have no more in common than their health checks ask for.
_ASK = (
    'case $1 in *[!0-9.]*) getent hosts "$1" > /dev/null ;; esac && echo named; '
    'timeout 8 bash -c "exec 3<> /dev/tcp/$1/$2" 2> /dev/null && echo connected; echo asked'
)


#: Each address at the same time: NAME HOST PORT, three words for each. getent may be missing.
_ASK_EACH = r"""
ask() {
    case $2 in
        *:*) ;;
        *[!0-9.]*)
            timeout 10 getent hosts "$2" > /dev/null
            case $? in 2 | 124) echo "$1 unnamed" && return ;; esac
            ;;
    esac
    said=$(LC_ALL=C timeout 8 bash -c 'exec 3<> "/dev/tcp/$1/$2"' - "$2" "$3" 2>&1)
    case $?/$said in
        0/*) echo "$1 connected" ;;
        124/*) echo "$1 silent" ;;
        *refused*) echo "$1 refused" ;;
        *) echo "$1 unreachable" ;;
    esac
}
while [ $# -ge 3 ]; do ask "$1" "$2" "$3" & shift 3; done
wait"""


@dataclass(frozen=True)
class Outside:
    """+ asked: the container was asked for the way out
    + named: it knows the target's address
    + connected: the target took a connection
    + mtu, host_mtu: bytes, of the container's networks and of the host's default route; 0 where
      nothing told
    + addresses: by name of a variable, `connected`, or why not; without those that nobody asked
    + watch_age: seconds since the watch looked, or could have; None where nothing told
    """

    asked: bool = False
    named: bool = False
    connected: bool = False
    mtu: int = 0
    host_mtu: int = 0
    addresses: Mapping[str, str] = field(default_factory=dict)
    watch_age: int | None = None


def sections(
    container: str,
    lock: str,
    target: str,
    addresses: Mapping[str, tuple[str, int]],
) -> list[str]:
    """Parts of a script that asks it, and can ask `SAYS`.

    + container: who is asked for the way out
    + lock: directory of the lock, beside which the watch keeps what it saw
    + target: `HOST:PORT`, nothing is asked without one
    + addresses: host and port by name, nothing is asked without one
    """
    name = shlex.quote(container)
    where, _, port = target.rpartition(":")
    ask = f"timeout 30 docker exec {name} bash -c {shlex.quote(_ASK)} - {shlex.quote(where)} {port}"
    words = [str(word) for key, place in addresses.items() for word in (key, *place)]
    each = f"timeout 30 docker exec {name} bash -c {shlex.quote(_ASK_EACH)} - {shlex.join(words)}"
    memory = PurePosixPath(lock).with_suffix(".watch")
    watched = shlex.join([str(memory), f"/etc/systemd/system/kestra-watch@{memory.stem}.timer"])
    return [
        section("out", ask if target else "true"),
        *([section("addresses", each)] if addresses else []),
        section(
            "mtu",
            "d=$(ip -4 route show default | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1); "
            f"p=$(docker_says inspect --type container --format '{{{{.State.Pid}}}}' {name}); "
            'echo "$(cat /sys/class/net/$d/mtu) $(nsenter -t $p -n ip -o link | '
            "sed -n 's/^[0-9]*: eth.* mtu \\([0-9]*\\) .*/\\1/p' | sort -n | tail -n 1)\"",
        ),
        # Before it was there, or while the host was off, it could not look.
        section(
            "watched",
            "u=$(cut -d. -f1 /proc/uptime); t=$(($(date +%s) - u)); "
            f"for f in {watched} /etc/cron.d/kestra-watch*; do s=$(stat -c %Y $f) && "
            '[ "$s" -gt "$t" ] && t=$s; done; echo $(($(date +%s) - t))',
        ),
    ]


def outside(seen: Mapping[str, list[str]]) -> Outside:
    """What `sections` printed."""
    words = {line.strip() for line in seen.get("out", [])}
    mtus = [int(word) for word in first(seen.get("mtu")).split() if word.isdigit()]
    host_mtu, mtu = mtus if len(mtus) == 2 else (0, 0)
    age = first(seen.get("watched"))
    return Outside(
        asked="asked" in words,
        named="named" in words,
        connected="connected" in words,
        mtu=mtu,
        host_mtu=host_mtu,
        addresses={
            words[0]: words[1]
            for words in (line.split() for line in seen.get("addresses", []))
            if len(words) == 2
        },
        watch_age=int(age) if age.isdigit() else None,
    )
