# shellcheck shell=bash
# Managed by kestra-provision. The restart runbook in small, done by the host itself when it was asked to.
# shellcheck disable=SC2154  # watch.sh, common.sh and notify.sh set what is used here


# repair: restarts an unhealthy Kestra, and PostgreSQL where that is the cause, and tells how it
# went. Fails when the operator could not be told.
repair() {
    local began=$SECONDS time result=healthy log reason=$cause
    time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    may_repair || return 0
    trap drop_lock EXIT
    if ! take_lock watch "self-repair: $cause"; then
        say "no self-repair: somebody works here"
        return 0
    fi
    repairs+=" $(date +%s)" ticks=0 halted=yes
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
    audit "$time" "$reason" "$result" $((SECONDS - began))
    drop_lock
    repaired="$result after $((SECONDS - began)) s, logs: $log"
    seen=$cause
    [ "$result" != healthy ] || halted=no
    tell "$overall" "$cause"
}

# may_repair: a restart would help, nobody stopped Kestra on purpose, and there were not too many.
may_repair() {
    local now time recent='' count=0
    case " $cause" in
        *' docker-'* | *-full*) return 1 ;; # a restart mends neither, and may do harm
        *' postgres:'* | *' kestra:'* | *' starts-and-starts'*) ;;
        *) return 1 ;;
    esac
    case $(state_of kestra) in
        # Docker starts again whatever ended by itself: this was a person, or half a repair.
        stopped | missing) [ "$halted" = yes ] || return 1 ;;
    esac
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

# save_logs: prints the path of a file with what the restart would wipe out; ten of them are kept.
save_logs() {
    local folder=$root/logs file name
    [ -d "$folder" ] || install -d -m 750 "$folder"
    file=$folder/$(date -u +%Y%m%dT%H%M%SZ)-self-repair.log
    {
        printf '%s\n' "$report"
        timeout 20 docker ps -a
        for name in "$kestra_container" "$postgres_container"; do
            printf '\n== docker logs %s\n' "$name"
            timeout 60 docker logs --timestamps --tail 2000 "$name" 2>&1 | without_secrets
        done
    } >"$file" 2>&1
    find "$folder" -name '*-self-repair.log' | sort -r | tail -n +11 | xargs -r rm -f
    echo "$file"
}

# audit TIME REASON RESULT SECONDS: a line where the runbooks have theirs; kestra-provision audit
# shows both.
audit() (
    umask 027
    file=$root/logs/audit.jsonl
    touch "$file" && chmod 640 "$file"
    [ -z "$(tail -c 1 "$file")" ] || echo >>"$file" # the last line was cut off
    printf '{"time": "%s", "host": %s, "action": "self-repair", "operator": "watch", "reason": %s, ' \
        "$1" "$(json_text "$(hostname)")" "$(json_text "$2")" >>"$file"
    printf '"result": %s, "duration_s": %d}\n' "$(json_text "$3")" "$4" >>"$file"
)

# Kestra ends before PostgreSQL does: its executions would be stranded otherwise. A subshell,
# because what goes wrong there ends the script.
restart_all() (
    # shellcheck source=/dev/null
    . "$root/scripts/lib/start.sh"
    postgres=$(state_of postgres)
    if [ "$postgres" = frozen ]; then
        docker unpause "$postgres_container" # Kestra cannot end while it waits for an answer
    fi
    need_ours
    load_settings ""
    stop kestra
    case $postgres in
        running | frozen) ;;
        *) stop postgres ;;
    esac
    start postgres
    start kestra
)

# healthy_again: waits as long as a deploy would; sets overall and cause anew.
healthy_again() {
    local end=$((SECONDS + health_timeout))
    while :; do
        look_at_all
        case " $starting $cause" in
            ' yes '* | *' docker-'* | *' postgres:'* | *' kestra:'* | *' health-check-failed'*) ;;
            *) return 0 ;;
        esac
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 2
    done
}
