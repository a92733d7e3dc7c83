# shellcheck shell=bash
# Managed by kestra-provision. The lock of runs on this host, as deploys and runbooks take it from a laptop.
# shellcheck disable=SC2154  # common.sh sets lock


# of_holder KEY
of_holder() {
    sed -n "s/^$1=//p" "$lock/holder" 2>/dev/null
}

reason_of_holder() {
    local why
    why=$(of_holder WHY)
    echo "${why:-no reason given}"
}

# started PID: when a process began, in ticks since the boot.
started() {
    sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# locked: somebody works here now. A lock by hand holds until it is taken away; a run's as long as
# its process lives.
locked() {
    local pid
    [ -d "$lock" ] || return 1
    [ "$(of_holder KIND)" != manual ] || return 0
    pid=$(of_holder PID)
    [ -n "$pid" ] && [ "$(of_holder BOOT)" = "$(cat /proc/sys/kernel/random/boot_id)" ] &&
        [ "$(started "$pid")" = "$(of_holder STARTED)" ]
}

# take_lock WHO WHY: fails when somebody has it.
take_lock() {
    (
        flock --timeout 30 8 || exit 1
        ! locked || exit 1
        rm -rf "$lock"
        mkdir -m 755 "$lock" || exit 1
        printf '%s\n' KIND=run "WHO=$1" "WHEN=$(date -u '+%F %T')" "WHY=$2" "ID=$$-$RANDOM" \
            "PID=$$" "STARTED=$(started $$)" "BOOT=$(cat /proc/sys/kernel/random/boot_id)" \
            >"$lock/holder"
    ) 8>"${lock%.lock}.flock"
}

# drop_lock: if it is ours.
drop_lock() {
    [ "$(of_holder PID)" != $$ ] || rm -rf "$lock"
}
