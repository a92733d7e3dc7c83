#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: stop.sh

Stops Kestra; running tasks have 5 minutes to end. PostgreSQL goes on.

  -h, --help   this text

Example: /opt/kestra/tools/kestra/scripts/stop.sh
HELP
}

. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/start.sh

case ${1-} in
    '') ;;
    -h | --help) usage && exit ;;
    *) unknown "option $1" "--help" ;;
esac
need_docker
need_unlocked
need_ours
tell_start_trouble
recorded stop stopped
stop_for_good "$main"
