"""The shell text that knows who holds a host's lock, for sh and bash alike.

Deploys and runbooks send it from the laptop, and the host has it in `scripts/lib/lock.sh`.
It needs `lock`, the directory that is the lock.
"""

from __future__ import annotations

#: A lock is made with its holder's file and then renamed, so nobody sees half of it. What looks and
#: then acts does both behind `alone`, so that two that find the same dead holder do not both take
#: its place.
LOCK_SCRIPT = r"""# alone: until this shell ends, nobody else takes or removes a lock.
alone() {
    umask 022
    mkdir -p "${lock%/*}" && exec 8>>"${lock%.lock}.flock" && flock -w 30 8
}

# of_holder KEY
of_holder() { sed -n "s/^$1=//p" "$lock/holder" 2>/dev/null; }

# stat_of PID FIELD: of /proc, behind the name of the process, which may have spaces.
stat_of() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f"$2"; }

boot() { cat /proc/sys/kernel/random/boot_id; }

# holder_lives: a lock by hand holds until it is taken away; a run's as long as its process lives.
holder_lives() {
    [ "$(of_holder KIND)" != manual ] || return 0
    [ "$(of_holder BOOT)" = "$(boot)" ] && [ -n "$(of_holder PID)" ] &&
        [ "$(stat_of "$(of_holder PID)" 20)" = "$(of_holder STARTED)" ]
}

# times_taken: how often the lock was taken so far: the file for flock has a byte for each.
times_taken() { stat -c %s "${lock%.lock}.flock" 2>/dev/null || echo 0; }

# take_lock PID OVER LINE...: for that process; OVER is the ID of a holder known to be dead. Says
# taken, replaced or refused, then how often it was taken before, and who had it.
take_lock() {
    process=$1 over=$2 answer=taken times=$(times_taken)
    shift 2
    former=$(cat "$lock/holder" 2>/dev/null)
    if [ -d "$lock" ]; then
        if holder_lives && [ "$(of_holder ID)" != "$over" ]; then
            printf '%s\n' refused "TIMES=$times" "$former"
            return
        fi
        answer=replaced
        rm -rf "$lock.old"
        mv "$lock" "$lock.old" && rm -rf "$lock.old"
    fi
    rm -rf "$lock.new"
    mkdir "$lock.new" &&
        printf '%s\n' "$@" "PID=$process" "STARTED=$(stat_of "$process" 20)" "BOOT=$(boot)" \
            >"$lock.new/holder" &&
        mv -T "$lock.new" "$lock" || exit 1
    printf . >&8
    printf '%s\n' "$answer" "TIMES=$times" "$former"
}

# remove_lock ID: this one; another one that was taken since stays.
remove_lock() { [ ! -d "$lock" ] || [ "$(of_holder ID)" != "$1" ] || rm -rf "$lock"; }
"""
