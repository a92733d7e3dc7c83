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


need_phase "$@"
need_docker
need_unlocked
need_env
need_ours
load_settings ""

released=no
start postgres
if [ "$released" = yes ]; then
    say "Kestra ran without its database: it was stopped, and is started again"
elif [ "${SKIP_KESTRA_AUTO_START:-${SKIP_Kestra_AUTO_START:-0}}" != 0 ]; then
    say "Kestra is not started: SKIP_KESTRA_AUTO_START is set"
    exit 0
fi
trouble=$(port_trouble)
[ -z "$trouble" ] || die "Kestra is not started, PostgreSQL runs: $trouble"
need_credentials
start kestra
say "Kestra: $url"
