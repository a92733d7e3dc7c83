# shellcheck shell=bash
# Managed by kestra-provision. The lock of runs on this host; deploys and runbooks bring the same text from a laptop.
# shellcheck disable=SC2154  # common.sh sets lock

# alone: until this shell ends, nobody else takes or removes a lock.
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


# locked: somebody works here now.
locked() {
    [ -d "$lock" ] && holder_lives
}

reason_of_holder() {
    local why
    why=$(of_holder WHY)
    echo "${why:-no reason given}"
}

# take_here WHO WHY: for this script; fails when somebody has it. In a shell of its own, because
# what goes wrong there ends it.
take_here() {
    lock_id=$$-$RANDOM
    (
        alone || exit 1
        said=$(take_lock $$ - KIND=run "WHO=$1" "WHEN=$(date -u '+%F %T')" "WHY=$2" "ID=$lock_id") ||
            exit 1
        [[ $said != refused* ]]
    )
}

# drop_lock: if it is ours.
drop_lock() {
    remove_lock "${lock_id:-none}"
}
