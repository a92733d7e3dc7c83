#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: health-check-all.sh [--services LIST] [--min-free PERCENT]

Prints the health of Kestra and PostgreSQL as one JSON object.

  --services LIST      only these, separated by commas: kestra, postgres
  --min-free PERCENT   disk that must be free (default 10)
  -h, --help           this text

Exit code: 0 healthy, 1 degraded, 2 down, 3 could not tell (the reason is on stderr).

Example: /opt/kestra/scripts/maintenance/health-check-all.sh --services kestra
HELP
}

exit_code_of_errors=3
. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/health.sh

asked=$(joined , "${shown[@]}") min_free=10

while [ $# -gt 0 ]; do
    case $1 in
        --services) asked=${2-} && shift ;;
        --services=*) asked=${1#*=} ;;
        --min-free) min_free=${2-} && shift ;;
        --min-free=*) min_free=${1#*=} ;;
        -h | --help) usage && exit ;;
        *) unknown "option $1" "--services, --min-free, --help" ;;
    esac
    [ $# -gt 0 ] && shift
done
[[ $min_free =~ ^[0-9]+$ ]] || die "--min-free needs a number of percent, not '$min_free'"
IFS=', ' read -ra chosen <<<"$asked"
[ ${#chosen[@]} -gt 0 ] || die "--services needs a list, such as $(joined , "${shown[@]}")"
for service in "${chosen[@]}"; do
    container_of "$service" >/dev/null || unknown "service '$service'" "$(joined ', ' "${shown[@]}")"
done

add_problem() {
    problems+="${problems:+, }$(json_text "$1")"
}

# Percent in use of the fullest file system; the option asks for inodes instead. Newer Docker keeps
# images in containerd's folder.
fullest() {
    df -P "$@" "$root" "${docker_root:-/var/lib/docker}" /var/lib/containerd 2>/dev/null |
        awk 'NR > 1 && $5 ~ /^[0-9]+%$/ {if ($5 + 0 >= most) {most = $5 + 0; place = $6}}
            END {if (place != "") print most, place}'
}

problems='' listed='' all_down=yes all_healthy=yes
trouble=$(docker_trouble)
case $trouble in
    '') docker_root=$(timeout 20 docker info --format '{{.DockerRootDir}}' 2>/dev/null) ;;
    docker-denied:*) die "${trouble#*: }: sudo $command_line" ;;
    *) add_problem "$trouble" ;;
esac
if [ -z "$trouble" ]; then
    lost=$(rules_trouble)
    [ -z "$lost" ] || add_problem "rules-gone: $lost"
fi

read -r used place <<<"$(fullest)"
disk_free=null
if [ -n "$used" ]; then
    disk_free=$((100 - used))
    if [ "$disk_free" -lt "$min_free" ]; then
        add_problem "disk-full: $disk_free % free on $place, at least $min_free % wanted"
    fi
fi
read -r used place <<<"$(fullest -i)"
if [ -n "$used" ] && [ $((100 - used)) -lt "$min_free" ]; then
    add_problem "inodes-full: $((100 - used)) % free on $place, at least $min_free % wanted"
fi

# Who runs goes on, and could not be started again.
if [ -r "$root/.env" ]; then
    why=$(start_trouble)
    [ -z "$why" ] || add_problem "env-refused: $why"
fi

# What a chosen one needs as well: its state may be the effect of theirs.
mapfile -t looked < <(with_needs "${chosen[@]}")
for service in "${looked[@]}"; do
    look "$service"
    [[ " ${chosen[*]} " == *" $service "* ]] || continue
    case $health in
        healthy) all_down=no ;;
        degraded) all_down=no all_healthy=no ;;
        down) all_healthy=no ;;
    esac
    memory=$(memory_of "$pid")
    if [ "$memory_limit" = 0 ]; then
        memory_limit=null
    fi
    listed="    {\"name\": \"$service\", \"container\": $(json_text "$container"), \
\"health\": \"$health\", \"state\": \"$state\", \"restarts\": $restarts, \
\"memory_bytes\": ${memory:-null}, \"memory_limit_bytes\": $memory_limit, \
\"detail\": $(json_text "$detail")}${listed:+,
}$listed"
done

overall=degraded code=1
if [ "$all_down" = yes ]; then
    overall=down code=2
elif [ "$all_healthy" = yes ] && [ -z "$problems" ]; then
    overall=healthy code=0
fi
cat <<JSON
{
  "checked_at": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "overallHealth": "$overall",
  "services": [
$listed
  ],
  "host": {"disk_free_percent": $disk_free, "problems": [$problems]}
}
JSON
exit "$code"
