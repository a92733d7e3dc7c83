#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: status.sh

Shows both containers: state, image, ports, memory and CPU, and where Kestra is.

  -h, --help   this text

Exit code: 0 both healthy, 1 degraded, 2 down.

Example: /opt/kestra/tools/kestra/scripts/status.sh
HELP
}

. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/health.sh


case ${1-} in
    '') ;;
    -h | --help) usage && exit ;;
    *) unknown "option $1" "--help" ;;
esac
need_docker

mebibytes() {
    echo "$((${1:-0} / 1048576)) MiB"
}

up_for() {
    if [ "$1" -ge 86400 ]; then
        echo "$(($1 / 86400)) d $(($1 % 86400 / 3600)) h"
    elif [ "$1" -ge 3600 ]; then
        echo "$(($1 / 3600)) h $(($1 % 3600 / 60)) min"
    else
        echo "$(($1 / 60)) min $(($1 % 60)) s"
    fi
}

row() {
    printf '  %-11s %s\n' "$@"
}

show() {
    look "$1"
    echo "$container: $health ($state)"
    row health "$detail"
    if [ "$state" = missing ]; then
        return
    fi
    row image "$(docker inspect --format '{{.Config.Image}} ({{slice .Image 7 19}})' "$container")"
    row restarts "$restarts"
    if [ "$pid" != 0 ]; then
        row up "$(up_for "$age")"
        published=$(docker port "$container" | paste -sd ',' | sed 's/,/, /g')
        row ports "${published:-none}"
        # By the name of the container: the name of an image may be that of several.
        row CPU "$(timeout 20 docker stats --no-stream --format '{{.CPUPerc}}' "$container")"
        row memory "$(mebibytes "$(memory_of "$pid")") of $(mebibytes "$memory_limit")"
    fi
}

seen=''
for service in "${services[@]}"; do
    show "$service"
    seen+=" $health "
done
echo "UI: $(ui)"
case $seen in
    *' degraded '* | *' healthy '*' down '* | *' down '*' healthy '*) exit 1 ;;
    *' down '*) exit 2 ;;
esac
