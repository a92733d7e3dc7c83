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


detach=no moved_to=''
while [ $# -gt 0 ]; do
    case $1 in
        -d | --detach) detach=yes ;;
        --management-port) moved_to=${2-none} && shift ;;
        --management-port=*) moved_to=${1#*=} ;;
        -h | --help) usage && exit ;;
        *) unknown "option $1" "--detach, --management-port, --help" ;;
    esac
    [ $# -gt 0 ] && shift
done
if [ -n "$moved_to" ] &&
    { [[ ! $moved_to =~ ^[1-9][0-9]{0,4}$ ]] || [ "$moved_to" -gt 65535 ]; }; then
    die "--management-port needs a port, 1 to 65535. See $0 --help"
fi

need_docker
need_unlocked
need_env
[ "$detach" = yes ] || need_secrets
need_ours
[ -z "$moved_to" ] || move KESTRA_MANAGEMENT_PORT "$moved_to"
need_ports
twice=$(ports_of "$main" | sort | uniq -d)
[ -z "$twice" ] || die "port $twice is that of the UI already: choose another --management-port, or set" \
    "http_port or management_port in the inventory and deploy"
if [ -n "$moved_to" ]; then
    say "management port $moved_to until the next deploy, which puts the inventory's back"
fi
mapfile -t wanted < <(with_needs "$main")
trouble=$(for service in "${wanted[@]}"; do port_trouble "$service"; done)
[ -z "$trouble" ] || die "$trouble"

recorded run healthy
leave_out_all_but "$main"
for service in "${services[@]}"; do
    # Whoever had to be stopped for what it needs is started again as well.
    if [[ " $left_out " != *" $service "* ]] || [ -n "${released[$service]-}" ]; then
        need_credentials "$service"
        start "$service"
    fi
done
say "${titles[$main]}: $(ui)"
[ "$detach" = yes ] && exit
record 0
trap 'recorded stop stopped; stop_for_good "$main"; record 0; exit 130' INT TERM
show_log --follow --tail 20 "$(container_of "$main")"
say "$(container_of "$main") has ended; $root/tools/kestra/scripts/status.sh tells more"
exit 1
