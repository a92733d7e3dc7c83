#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: stop-stacks.sh [--phase tools]

Stops Kestra, whose running tasks have 5 minutes to end, and then PostgreSQL.

  --phase NAME   tools: the only one there is, and the default
  -h, --help     this text

Example: /opt/kestra/scripts/docker/stop-stacks.sh --phase tools
HELP
}

. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/start.sh

need_phase "$@"
need_docker
need_unlocked
need_ours
tell_start_trouble
recorded stop-stacks stopped
# A database that goes away under a live Kestra strands its executions.
for service in "${shown[@]}"; do
    stop_for_good "$service"
done
