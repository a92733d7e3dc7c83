#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: watch.sh

Runs health-check-all.sh once and tells the operator when the result, or its cause, is another
one than last time. A timer calls it; at other times:
systemctl start kestra-watch@tools-kestra.service

  -h, --help   this text

Exit code: 0 done, 1 the operator could not be told (tried again next time).

Example: sudo /opt/kestra/scripts/maintenance/watch.sh
HELP
}

. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/guard.sh
. /opt/kestra/scripts/lib/secrets.sh
. /opt/kestra/scripts/lib/notify.sh
. /opt/kestra/scripts/lib/repair.sh

# shellcheck disable=SC2016  # for another shell
notify_command=''
repairs_per_hour=0
# shellcheck disable=SC2034  # of notify.sh
curl_options=()

case ${1-} in
    '') ;;
    -h | --help) usage && exit ;;
    *) unknown "option $1" "--help" ;;
esac
[ "$(id -u)" = 0 ] || die "not root: sudo $command_line"

mkdir -p "${lock%/*}"
umask 077
memory=${lock%.lock}.watch
exec 9>"$memory.running"
flock --nonblock 9 || exit 0 # a repair may take minutes

# look_at_all: sets report, overall, cause, starting and meant; cause is empty when all is well, or
# when all that is wrong is a service that starts, or that somebody stopped on purpose.
look_at_all() {
    local ended=0 service state problem unit causes=' '
    report=$(timeout 120 "$root/scripts/maintenance/health-check-all.sh" 2>/dev/null) || ended=$?
    overall=$(sed -n 's/.*"overallHealth": "\([a-z]*\)".*/\1/p' <<<"$report")
    cause='' starting=no meant=no
    if [ -z "$overall" ]; then
        report=null overall=unknown cause="health-check-failed-$ended"
        return
    fi
    for problem in $(sed -n 's/.*"problems": \[\(.*\)\].*/\1/p' <<<"$report" |
        grep -oE '(^|, )"[a-z-]+: ' | tr -d '", :'); do
        cause+="${cause:+ }$problem"
    done
    for unit in $(failed_units); do
        cause+="${cause:+ }failed:$unit"
    done
    if [[ $cause == *docker-* ]]; then
        return # then Docker tells nothing of its containers
    fi
    # Of a service whose need is away the own state is but an effect, and changes by the minute.
    for service in "${services[@]}"; do
        state=$(state_of "$service")
        if [ "$state" = running ] || effect "$service" "$causes"; then
            continue
        fi
        if [ "$state" = stopped ] && is_meant "$service"; then
            meant=yes
            continue
        fi
        # Who needs one that serves has its own cause.
        [ "$state" = check-fails ] || causes+="$service "
        case $state in
            starting) starting=yes ;;
            *) cause+="${cause:+ }$service:$state" ;;
        esac
    done
}

# is_meant SERVICE: that very end of its container was, and no later one.
is_meant() {
    local file=${lock%.lock}.$1.stopped end
    [ -s "$file" ] || return 1
    end=$(timeout 20 docker inspect --type container --format '{{.State.FinishedAt}}' \
        "$(container_of "$1")" 2>/dev/null) && grep -qxF "$end" "$file"
}

# effect SERVICE CAUSES: one of its needs, or of theirs, is among the causes.
effect() {
    local need
    while read -r need; do
        [[ $2 != *" $need "* ]] || return 0
    done < <(with_needs "$1")
    return 1
}

# in_time: who starts gets its time, and one that ends and starts over and over gets no more.
in_time() {
    local now
    now=$(date +%s)
    if [ "$starting" = no ]; then
        since=''
        return 1
    fi
    since=${since:-$now}
    [ $((now - since)) -le "$health_timeout" ]
}

state_of() {
    sed -n "s/.*\"name\": \"$1\".*\"state\": \"\([a-z-]*\)\".*/\1/p" <<<"$report"
}

# Services of this stack that ended badly, such as a backup.
failed_units() {
    systemctl list-units --failed --plain --no-legend "kestra-*@$project.service" 2>/dev/null |
        awk -v "watch=kestra-watch@$project.service" '$1 != watch {print $1}'
}

recall
if locked; then
    say "not looked, $(of_holder WHO) works here: $(reason_of_holder)"
    exit
fi
look_at_all
if [ "$meant" = yes ] && [ "$starting" = no ] && [ -z "$cause" ]; then
    told='' seen='' ticks=0 since=''
    remember
    exit
fi
[ -z "$cause" ] || [ "$overall" != healthy ] || overall=degraded
if in_time && [ -z "$cause" ]; then
    say "waiting for what starts"
    remember
    exit
elif [ "$starting" = yes ] && [ -z "$cause" ]; then
    cause=starts-and-starts
fi
if [ "$overall" = healthy ]; then
    ticks=0 halted=no
else
    ticks=$((ticks + 1))
fi
again=no
[ "$cause" != "$seen" ] || again=yes
seen=$cause
remember || exit 1

status=0
# Another cause of the same trouble is told when it has lasted: a restart loop has many faces.
if { [ "$overall" = healthy ] && [ -n "$told" ]; } ||
    { [ "$overall" != healthy ] && [ -z "$told" ]; } ||
    { [ "$cause" != "$told" ] && [ "$again" = yes ]; }; then
    tell "$overall" "$cause" || status=1
fi
if [ "$repairs_per_hour" -gt 0 ] && [ "$ticks" -ge 2 ]; then
    repair || status=1
fi
exit "$status"
