#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: run.sh [--detach] [--management-port N]

Starts PostgreSQL and Kestra as the compose file says, and waits until they answer.

  -d, --detach           leave Kestra running in the background; without it its log is
                         shown here, and Ctrl-C stops Kestra
  --management-port N    for this time only; the next deploy puts the inventory's port back
  -h, --help             this text

Example: sudo /opt/kestra/tools/kestra/scripts/run.sh --detach
HELP
}

. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/start.sh
. /opt/kestra/scripts/lib/secrets.sh


detach=no port=''
while [ $# -gt 0 ]; do
    case $1 in
        -d | --detach) detach=yes ;;
        --management-port) port=${2-none} && shift ;;
        --management-port=*) port=${1#*=} ;;
        -h | --help) usage && exit ;;
        *) unknown "option $1" "--detach, --management-port, --help" ;;
    esac
    [ $# -gt 0 ] && shift
done
if [ -n "$port" ] && { [[ ! $port =~ ^[1-9][0-9]{0,4}$ ]] || [ "$port" -gt 65535 ]; }; then
    die "--management-port needs a port, 1 to 65535. See $0 --help"
fi

need_docker
need_unlocked
need_env
[ "$detach" = yes ] || need_secrets
need_ours
load_settings "$port"
[ "$ui_port" != "$management_port" ] || die "port $ui_port is that of the UI already"
if [ -n "$port" ]; then
    say "management port $port until the next deploy, which puts the inventory's back"
fi
trouble=$(port_trouble)
[ -z "$trouble" ] || die "$trouble"

start postgres
need_credentials
start kestra
say "Kestra: $url"
[ "$detach" = yes ] && exit
trap 'stop kestra; exit 130' INT TERM
show_log --follow --tail 20 "$kestra_container"
say "$kestra_container has ended; $root/tools/kestra/scripts/status.sh tells more"
exit 1
