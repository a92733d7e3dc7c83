# shellcheck shell=bash
# Managed by kestra-provision. The restart runbook in small, done by the host itself when it was asked to.
# shellcheck disable=SC2154  # watch.sh, common.sh and notify.sh set what is used here


# repair: restarts what is unhealthy and who needs it, and tells how it went. Fails when the operator
# could not be told.
repair() {
    local since=$SECONDS time result=healthy log reason=$cause
    time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    may_repair || return 0
    trap drop_lock EXIT
    if ! take_here watch "self-repair: $cause"; then
        say "no self-repair: somebody works here"
        return 0
    fi
    repairs+=" $(date +%s)" ticks=0 halted=$mending
    remember
    say "self-repair begins: $cause"
    log=$(save_logs)
    restart_all 2>&1 | without_secrets >>"$log"
    if [ "${PIPESTATUS[0]}" = 0 ]; then
        healthy_again || result="failed: $cause"
    else
        look_at_all
        result="failed: ${cause:-restart}"
    fi
    audit "$time" self-repair watch "$reason" "$result" $((SECONDS - since))
    drop_lock
    repaired="$result after $((SECONDS - since)) s, logs: $log"
    seen=$cause
    [ "$result" != healthy ] || halted=no
    tell "$overall" "$cause"
}

# may_repair: a restart would help, nobody stopped it on purpose, and there were not too many. Sets
# mending, the services to restart.
may_repair() {
    local now time recent='' count=0 why
    case " $cause" in
        *' docker-'* | *-full* | *rules-gone*) return 1 ;; # a restart mends none, and may do harm
        *' starts-and-starts'*) ;;
        *) caused_by "${services[@]}" || return 1 ;;
    esac
    mending=$(to_restart | paste -sd ' ')
    [ -n "$mending" ] || return 1
    why=$(start_trouble)
    if [ -n "$why" ]; then
        [ "$ticks" -gt 2 ] || say "no self-repair: $why"
        return 1
    fi
    now=$(date +%s)
    for time in $repairs; do
        if [ $((now - time)) -lt 3600 ]; then
            recent+="${recent:+ }$time" count=$((count + 1))
        fi
    done
    repairs=$recent
    if [ "$count" -ge "$repairs_per_hour" ]; then
        [ "$ticks" -gt 2 ] || say "no self-repair: $count within the last hour, self_repair_per_hour = $repairs_per_hour"
        return 1
    fi
}

# caused_by SERVICE…: the cause, or a part of it, is the state of one of them.
caused_by() {
    local service
    for service in "$@"; do
        [[ " $cause" != *" $service:"* ]] || return 0
    done
    return 1
}

# wanted: services that nobody needs, and that nobody stopped on purpose. Docker starts again
# whatever ended by itself: one that is stopped was a person's doing, or half a repair's.
wanted() {
    local service
    for service in "${services[@]}"; do
        ! is_needed "$service" || continue
        case $(state_of "$service") in
            stopped | missing) [[ " $halted " == *" $service "* ]] || continue ;;
        esac
        echo "$service"
    done
}

# to_restart: in the order of their start, what is in trouble of all that is wanted, and who needs
# it.
to_restart() {
    local in_use sick=() service
    mapfile -t in_use < <(wanted)
    [ ${#in_use[@]} -gt 0 ] || return 0
    mapfile -t in_use < <(with_needs "${in_use[@]}")
    for service in "${in_use[@]}"; do
        # One that serves is not ended for Docker's check of it.
        [[ $(state_of "$service") =~ ^(running|check-fails)$ ]] || sick+=("$service")
    done
    [ ${#sick[@]} -gt 0 ] || return 0
    with_dependents "${sick[@]}" | grep -xF -e "$(printf '%s\n' "${in_use[@]}")"
}

# save_logs: prints the path of a file with what the restart would wipe out; ten of them are kept.
save_logs() {
    local folder=$root/logs file service name
    [ -d "$folder" ] || install -d -m 750 "$folder"
    file=$folder/$(date -u +%Y%m%dT%H%M%SZ)-self-repair.log
    {
        printf '%s\n' "$report"
        timeout 20 docker ps -a
        for service in "${shown[@]}"; do
            name=$(container_of "$service")
            printf '\n== docker logs %s\n' "$name"
            timeout 60 docker logs --timestamps --tail 2000 "$name" 2>&1 | without_secrets
        done
    } >"$file" 2>&1
    find "$folder" -name '*-self-repair.log' | sort -r | tail -n +11 | xargs -r rm -f
    echo "$file"
}

# serves_again SERVICE: it was but frozen, or only those who need it are in trouble.
serves_again() {
    local need
    for need in ${needs[$1]-}; do
        [[ " $mending " != *" $need "* ]] || return 1
    done
    is_needed "$1" && [[ $(state_of "$1") =~ ^(running|frozen)$ ]]
}

# Who needs something ends before it does: executions would be stranded otherwise. A subshell,
# because what goes wrong there ends the script.
restart_all() (
    # shellcheck source=/dev/null
    . "$root/scripts/lib/start.sh"
    need_ours
    need_ports
    for service in $mending; do
        # Nobody can end who waits for the answer of one that is frozen.
        if is_needed "$service" && [ "$(state_of "$service")" = frozen ]; then
            docker unpause "$(container_of "$service")"
        fi
    done
    for service in "${shown[@]}"; do
        [[ " $mending " != *" $service "* ]] || serves_again "$service" || stop "$service"
    done
    # shellcheck disable=SC2086  # names of services
    leave_out_all_but $mending
    for service in "${services[@]}"; do
        if [[ " $left_out " != *" $service "* ]] || [ -n "${released[$service]-}" ]; then
            # As it was deployed is better than not at all.
            configuration_trouble "$service"
            start "$service"
        fi
    done
)

# healthy_again: waits as long as a deploy would; sets overall and cause anew.
healthy_again() {
    local end=$((SECONDS + health_timeout)) needed
    # shellcheck disable=SC2086  # names of services
    mapfile -t needed < <(with_needs $mending)
    while :; do
        look_at_all
        case " $starting $cause" in
            ' yes '* | *' docker-'* | *' health-check-failed'*) ;;
            *) caused_by "${needed[@]}" || return 0 ;;
        esac
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 2
    done
}
