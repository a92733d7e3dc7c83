# shellcheck shell=bash
# Managed by kestra-provision. What the watch remembers, and how it tells the operator.
# shellcheck disable=SC2154  # watch.sh and common.sh set what is used here


# recall: sets told (the cause that the operator knows of, empty for none), seen (the cause of last
# time), ticks (how often in a row it was unhealthy), since (when what starts was first seen),
# repairs (when; both in Unix seconds) and halted (what the last repair stopped and did not start, or
# no).
recall() {
    local key value
    told='' seen='' ticks=0 since='' repairs='' halted=no
    [ -r "$memory" ] || return 0
    while IFS='=' read -r key value; do
        case $key in
            told) told=$value ;;
            seen) seen=$value ;;
            ticks) [[ ! $value =~ ^[0-9]{1,9}$ ]] || ticks=$value ;;
            since) [[ ! $value =~ ^[0-9]{1,12}$ ]] || since=$value ;;
            halted) halted=$value ;;
            repairs) [[ ! $value =~ ^[0-9\ ]*$ ]] || repairs=$value ;;
        esac
    done <"$memory"
}

remember() {
    printf '%s\n' "told=$told" "seen=$seen" "ticks=$ticks" "since=$since" "repairs=$repairs" \
        "halted=$halted" >"$memory.new" &&
        mv -f "$memory.new" "$memory"
}

# tell STATE CAUSE: tells it in every way there is, and remembers when all of them worked.
tell() {
    local state=$1 cause=$2 before=healthy text message failed=0
    [ -z "$told" ] || before=$told
    text="$(hostname): ${titles[$main]} $state"
    [ -z "$cause" ] || text+=" ($cause)"
    say "$text; before: $before"
    message=$(
        printf '{"text": %s, "time": "%s", "host": %s, "project": "%s", "state": "%s", ' \
            "$(json_text "$text")" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(json_text "$(hostname)")" \
            "$project" "$state"
        printf '"cause": %s, "before": %s, "repair": %s, "health": %s}\n' \
            "$(json_text "$cause")" "$(json_text "$before")" "$(json_text "${repaired:-}")" "${report//$'\n'/ }"
    )
    tell_command "$message" || failed=1
    tell_webhook "$message" || failed=1
    if [ "$failed" = 1 ]; then
        return 1
    fi
    told=$cause
    remember
}

tell_command() {
    local ended=0
    [ -n "$notify_command" ] || return 0
    timeout 60 bash -c "$notify_command" <<<"$1" >/dev/null 2>&1 9>&- || ended=$?
    [ "$ended" = 0 ] || say "notify_command ended with $ended; it is tried again"
    return "$ended"
}

# The address holds a token: it is in no argument, and nothing that curl says of it is shown.
tell_webhook() {
    local url answer ended=0
    url=$(env_value KESTRA_NOTIFY_WEBHOOK 2>/dev/null)
    [ -n "$url" ] || return 0
    if ! command -v curl >/dev/null; then
        say "the webhook needs curl: deploy again, or apt-get install curl"
        return 1
    fi
    printf '%s\n' "$1" >"$memory.message" || return 1
    answer=$(printf 'url = "%s"\n' "$url" |
        curl --disable --silent --globoff --max-time 30 ${curl_options[@]+"${curl_options[@]}"} \
            --header 'Content-Type: application/json' --data-binary "@$memory.message" \
            --output /dev/null --write-out '%{http_code}' --config - 2>/dev/null) || ended=$?
    rm -f "$memory.message"
    if [ "$ended" = 0 ] && [[ $answer == 2* ]]; then
        return 0
    fi
    say "the webhook was not reached (curl ended with $ended, HTTP $answer); it is tried again"
    return 1
}
