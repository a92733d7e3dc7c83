#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: start-stacks.sh [--phase tools]

Starts PostgreSQL, then Kestra. Where a port of Kestra's is taken, PostgreSQL is started all the
same, and the exit code is 1.

  --phase NAME   tools: the only one there is, and the default
  -h, --help     this text

SKIP_KESTRA_AUTO_START=1 (or SKIP_Kestra_AUTO_START=1) starts all but Kestra. A Kestra that runs
without its PostgreSQL is started again all the same: it serves nothing any more.

Example: sudo /opt/kestra/scripts/docker/start-stacks.sh --phase tools
HELP
}

. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/start.sh


# skipped SERVICE: by a variable with its name, or with its title.
skipped() {
    local name by_name by_title
    name=${1^^} by_title=SKIP_${titles[$1]}_AUTO_START
    by_name=SKIP_${name//[^A-Z0-9]/_}_AUTO_START by_title=${by_title//[^A-Za-z0-9]/_}
    [ "${!by_name:-${!by_title:-0}}" != 0 ] || return 1
    say "${titles[$1]} is not started: $by_name is set"
}

# in_the_way SERVICE: says what it cannot be started for.
in_the_way() {
    local need
    for need in ${held[$1]-}; do
        [[ " $left_out " == *" $need "* ]] || continue
        look "$need"
        [ "$health" = healthy ] || echo "it needs ${titles[$need]}, which is $state"
    done
    port_trouble "$1"
}

# attempt SERVICE: to start it; whether it could be.
attempt() {
    local before done=0
    inspect "$(container_of "$1")"
    before=$status/$began
    (start "$1") || done=1
    inspect "$(container_of "$1")"
    [ "$status/$began" = "$before" ] || acted=yes
    return "$done"
}

need_phase "$@"
need_docker
need_unlocked
need_env
need_ours
need_ports

recorded start-stacks healthy
run='' failed=0
for service in "${services[@]}"; do
    title=${titles[$service]}
    if [ -n "${released[$service]-}" ]; then
        say "$title ran without $(needed_as "$service" "${released[$service]}"): it was stopped," \
            "and is started again"
    elif skipped "$service"; then
        left_out+=" $service"
        continue
    fi
    why=$(in_the_way "$service")
    if [ -n "$why" ]; then
        say "error: $title is not started${run:+, ${run#, } runs}: $why"
        left_out+=" $service" failed=1
        continue
    fi
    need_credentials "$service"
    # One that nobody needs, and that does not start, keeps no other from it.
    if is_needed "$service" || [ "$service" = "$main" ]; then
        start "$service"
    elif ! attempt "$service"; then
        left_out+=" $service" failed=1
        continue
    fi
    run+=", $title"
done
[[ " $left_out " == *" $main "* ]] || say "${titles[$main]}: $(ui)"
exit "$failed"
