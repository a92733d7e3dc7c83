#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: logs.sh [--follow] [--tail N] [--since TIME] [kestra|postgres]

Shows the log of Kestra, or of PostgreSQL, without the secrets of /opt/kestra/.env, which only
root can read.

  -f, --follow      go on until Ctrl-C
  -n, --tail N      the last N lines (default 100), or all
  --since TIME      such as 10m, 2h or 2026-01-31T12:00:00
  -h, --help        this text

Example: sudo /opt/kestra/tools/kestra/scripts/logs.sh --since 10m --follow
HELP
}

. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/health.sh
. /opt/kestra/scripts/lib/guard.sh
. /opt/kestra/scripts/lib/secrets.sh


options=() since=0 tail=100 service=$main
while [ $# -gt 0 ]; do
    case $1 in
        -f | --follow) options+=(--follow) ;;
        -n | --tail) tail=${2-none} && shift ;;
        --tail=*) tail=${1#*=} ;;
        --since) since=${2-none} && shift ;;
        --since=*) since=${1#*=} ;;
        -h | --help) usage && exit ;;
        *)
            container_of "$1" >/dev/null ||
                unknown "word $1" "$(joined ', ' "${shown[@]}"), --follow, --tail, --since, --help"
            service=$1
            ;;
    esac
    [ $# -gt 0 ] && shift
done
[[ $tail =~ ^([0-9]+|all)$ ]] || die "--tail needs a number of lines, or all"
[[ $since =~ ^[0-9] ]] || die "--since needs a duration, such as 10m, or a time, such as 2026-01-31T12:00:00"
need_secrets
need_docker
show_log --tail "$tail" --since "$since" ${options[@]+"${options[@]}"} "$(container_of "$service")"
