"""The bash text that ends a container for certain, or ends it and starts it again.

Runbooks and deploys send it from the laptop, and the host has it in `scripts/lib/start.sh`.

A stop that meets a start is lost: Docker sends the signal to a process that is a moment old, to
which the kernel does not deliver it, and kills the container after the whole grace period (seen
with Docker 26.1). So a process is told when it would hear, and whoever began to live after that is
told again. The restart policy stays as it is: what was told to stop is not started again, and a
policy that was taken away would be missing after an interrupted stop.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

#: Needs nothing but docker and /proc, and keeps nothing: interrupted anywhere, Docker goes on with
#: the stop, and the next one begins anew.
STOP_SCRIPT = r"""# life_of CONTAINER: its state, its first process and when that began, such as
# `running 4711 2026-…`; else Docker's complaint.
life_of() {
    docker inspect --type container \
        --format '{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}' "$1" 2>&1
}

# stop_signal CONTAINER: its number, SIGTERM's where its image names none.
stop_signal() {
    local name
    name=$(docker inspect --type container --format '{{.Config.StopSignal}}' "$1" 2>/dev/null)
    case ${name:=SIGTERM} in
        *[!0-9]*) kill -l "$name" 2>/dev/null || echo 15 ;;
        *) echo "$name" ;;
    esac
}

# hears PID SIGNAL: the kernel gives a signal to the first process of a container only when that
# handles or blocks it. True as well for one of which nothing can be told.
hears() {
    local key value name='' blocked='' caught=''
    while read -r key value _; do
        case $key in
            Name:) name=$value ;;
            SigBlk:) blocked=$value ;;
            SigCgt:) caught=$value ;;
        esac
    done <"/proc/$1/status"
    case $name in
        # It waits for signals, which then do not count as blocked; before that it starts its child.
        docker-init | tini)
            value=none
            [ ! -r "/proc/$1/task/$1/children" ] || read -r value _ <"/proc/$1/task/$1/children"
            [ -n "$value" ]
            ;;
        *) [ -z "$caught" ] || [ $(((16#$blocked | 16#$caught) >> ($2 - 1) & 1)) = 1 ] ;;
    esac
} 2>/dev/null

# ready_to_hear CONTAINER LIFE SIGNAL: waits for that, a few seconds at most, while it is the same
# life. Twice in a row, because a process of Docker's, which hears all, becomes the container's.
ready_to_hear() {
    local tries in_a_row=0 pid=${2#* }
    pid=${pid%% *}
    for ((tries = 0; tries < ${stop_tries:-50}; tries++)); do
        if hears "$pid" "$3"; then
            in_a_row=$((in_a_row + 1))
        else
            in_a_row=0
        fi
        [ "$in_a_row" -lt 2 ] || return 0
        sleep 0.1
        [ "$(life_of "$1")" = "$2" ] || return 1
    done
}

# stop_container CONTAINER SECONDS: until it has ended; Docker kills it after that time. Fails with
# Docker's words.
stop_container() {
    local life told='' told_at=0 call='' signal calls=0
    signal=$(stop_signal "$1")
    while :; do
        life=$(life_of "$1")
        case $life in
            paused*)
                docker unpause "$1" >/dev/null || return 1 # frozen, it would never hear of it
                continue
                ;;
            running* | restarting*) ;;
            exited* | created* | dead* | removing* | *[Nn]"o such "*) break ;;
            *)
                echo "$life" >&2
                return 1
                ;;
        esac
        if [ -n "$call" ] && ! kill -0 "$call" 2>/dev/null; then
            # What Docker calls stopped, and lives, was told between two lives.
            wait "$call" && [ "$calls" -lt 20 ] || return 1
            call='' told=''
        elif [ "$life" != "$told" ]; then
            [[ $life != running* ]] || ready_to_hear "$1" "$life" "$signal" || continue
            [ -z "$told" ] || echo "$1 was just being started: it is told to stop again" >&2
            docker stop -t "$2" "$1" >/dev/null &
            call=$! told=$life told_at=$SECONDS calls=$((calls + 1))
        elif [ $((SECONDS - told_at)) -lt 10 ]; then
            sleep 0.2
        else
            wait "$call" || return 1 # it has heard, and takes its time
        fi
    done
    wait
}

# meant FILE CONTAINER…: writes down which end of theirs was meant, so that the watch is silent.
meant() {
    local file=$1
    shift
    mkdir -p "${file%/*}" && docker inspect --format '{{.State.FinishedAt}}' "$@" >"$file"
} 2>/dev/null

# grace_of CONTAINER: seconds that it was made with.
grace_of() {
    local grace
    grace=$(docker inspect --type container --format '{{.Config.StopTimeout}}' "$1") || return 1
    grace=${grace//[!0-9]/}
    echo "${grace:-10}"
}

# restart_container CONTAINER: as docker restart, which loses a stop as well.
restart_container() {
    local grace
    grace=$(grace_of "$1") && stop_container "$1" "$grace" && docker start "$1" >/dev/null
}
"""


def stop_command(
    containers: str, grace: int, meant: str = "", there: str = "", before: str = ""
) -> str:
    """A command that prints the id of each container that it ended, one a line.

    + containers: shell text that prints the ids of those that live, one a line
    + grace: seconds
    + meant: the file that tells the watch that they shall stay stopped
    + there: shell text that prints the ids of those that are there at all, for that file
    + before: shell text that comes before it
    """
    stop = (
        f"ids=$({containers}) || exit 1\n"
        f'for i in $ids; do stop_container "$i" {grace} && echo "$i" || exit 1; done'
    )
    note = f"\nmeant {shlex.quote(meant)} $({there}) || true" if meant else ""
    return _command(before + stop + note)


def restart_command(container: str, before: str = "") -> str:
    """A command that ends a container with its own grace period, and starts it again.

    + before: shell text that comes before it, and may end the command
    """
    return _command(f"{before}restart_container {shlex.quote(container)}")


def remove_command(name: str, labels: Mapping[str, str]) -> str:
    """A command that ends a container with its own grace period, and removes it.

    + labels: without all of which it is left alone

    One that was made with `--rm` goes by itself. Volumes stay.
    """
    chosen = {f"name=^/{re.escape(name)}$", *(f"label={k}={v}" for k, v in labels.items())}
    filters = " ".join(f"--filter {shlex.quote(each)}" for each in sorted(chosen))
    return _command(
        f"id=$(docker ps -aq --no-trunc {filters}) || exit\n"
        '[ -n "$id" ] || exit 0\n'
        'grace=$(grace_of "$id") && stop_container "$id" "$grace" || exit\n'
        'told=$(docker rm "$id" 2>&1) && exit\n'
        "for i in $(seq 100); do\n"
        '    [ -n "$(docker ps -aq --no-trunc --filter id="$id")" ] || exit 0\n'
        "    sleep 0.1\n"
        "done\n"
        'echo "$told" >&2; exit 1'
    )


def _command(text: str) -> str:
    """Without comments, which are for who reads the host's scripts."""
    functions = re.sub(r"(?m)^ *(#.*)?\n", "", STOP_SCRIPT)
    return f"bash -c {shlex.quote(functions + text)}"
