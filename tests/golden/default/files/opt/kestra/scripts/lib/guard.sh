# shellcheck shell=bash
# Managed by kestra-provision. What must hold before something is started or stopped; needs common.sh and health.sh.

. /opt/kestra/scripts/lib/lock.sh


# need_phase ARGUMENT…: of the two scripts for whole stacks.
need_phase() {
    local phase=tools
    while [ $# -gt 0 ]; do
        case $1 in
            --phase) phase=${2-} && shift ;;
            --phase=*) phase=${1#*=} ;;
            -h | --help) usage && exit ;;
            *) unknown "option $1" "--phase, --help" ;;
        esac
        [ $# -gt 0 ] && shift
    done
    [ "$phase" = tools ] || unknown "phase '$phase'" "tools"
}

# A deploy or a runbook is at work: two hands at once end in neither's state.
need_unlocked() {
    local by
    locked || return 0
    by="$(of_holder WHO) since $(of_holder WHEN) UTC: $(reason_of_holder)"
    [ "$(of_holder KIND)" != manual ] ||
        die "locked by hand, $by. When that is done, on the laptop: kestra-provision unlock"
    die "locked by a run that is under way, $by. Wait for its end"
}

need_env() {
    [ -e "$root/.env" ] || die "$root/.env is missing; deploy again: pyinfra inventory deploy.py"
    [ -r "$root/.env" ] || die "$root/.env is root's alone: sudo $command_line"
}

# A stranger's container may have the name; it is never touched.
need_ours() {
    local name mark
    for name in "$kestra_container" "$postgres_container"; do
        mark=$(docker inspect --format "{{index .Config.Labels \"$label\"}}" "$name" 2>/dev/null)
        if [ "${mark:-true}" != true ] && docker inspect "$name" >/dev/null 2>&1; then
            die "the container $name is not ours: docker rename $name $name-old"
        fi
    done
}

env_lines() {
    sed -e '1s/^\xef\xbb\xbf//' -e 's/\r$//' "$root/.env"
}

# env_value KEY: read as compose does, and not sourced: a line of the file is no command.
env_value() {
    local value before="[[:blank:]]*\(export[[:blank:]]\{1,\}\)\{0,1\}"
    value=$(env_lines | sed -n "s/^$before$1[[:blank:]]*=[[:blank:]]*//p" | tail -n 1)
    case $value in
        \'*\'*) value=${value#?} value=${value%%\'*} ;;
        \"*\"*)
            value=$(sed -e 's/^"\(\(\\.\|[^"\]\)*\)".*/\1/' -e 's/\\\(["\$]\)/\1/g' <<<"$value")
            ;;
        *)
            value=${value%% #*}
            value=${value%"${value##*[![:blank:]]}"}
            ;;
    esac
    printf '%s\n' "$value"
}

# load_settings MANAGEMENT_PORT: the one of .env when that is empty.
load_settings() {
    ui_port=$(env_value KESTRA_HTTP_PORT) management_port=$1
    : "${management_port:=$(env_value KESTRA_MANAGEMENT_PORT)}"
    [[ $ui_port$management_port =~ ^[0-9]+$ ]] ||
        die "$root/.env has no ports; deploy again: pyinfra inventory deploy.py"
    export KESTRA_MANAGEMENT_PORT=$management_port
}

# Over the network of the stack: inside its container PostgreSQL trusts everybody.
need_credentials() {
    local said user
    user=$(env_value KESTRA_DB_USER)
    # shellcheck disable=SC2016  # variables of that sh
    said=$(env_value KESTRA_DB_PASSWORD | timeout 20 docker exec -i "$postgres_container" sh -c '
        IFS= read -r PGPASSWORD
        export PGPASSWORD PGCONNECT_TIMEOUT=5
        exec psql -h "$1" -U "$2" -d "$3" -qtAc "select 1"' \
        login "$postgres_container" "$user" "$(env_value KESTRA_DB_NAME)" 2>&1 >/dev/null) && return
    case $said in
        *"password authentication failed"*)
            die "PostgreSQL refuses the KESTRA_DB_PASSWORD of $root/.env for $user. Put the old" \
                "value back, or set the new one: docker exec -it $postgres_container" \
                "psql -U $user -d $(env_value KESTRA_DB_NAME) -c '\\password'"
            ;;
        *) die "no login to PostgreSQL as $user: $said" ;;
    esac
}

# Who else has a port of ours and how to move it, one line each; nothing when both are free.
port_trouble() {
    local holder
    inspect "$kestra_container"
    case $status in
        running | restarting | paused) ;; # then its ports are its own
        *) ui='' management='' ;;
    esac
    if [ "$ui" != "$ui_port" ]; then
        holder=$(port_holder "$bind_address" "$ui_port")
        [ -z "$holder" ] || echo "port $ui_port is taken by $holder: stop it, or set http_port" \
            "(KESTRA_HTTP_PORT) in the inventory and deploy"
    fi
    if [ "$management" != "$management_port" ]; then
        holder=$(port_holder 127.0.0.1 "$management_port")
        [ -z "$holder" ] || echo "port $management_port is taken by $holder: stop it, or set" \
            "management_port (KESTRA_MANAGEMENT_PORT) in the inventory and deploy," \
            "or for once: sudo $root/tools/kestra/scripts/run.sh --detach --management-port N"
    fi
}

# port_holder ADDRESS PORT: the container or process that listens there.
port_holder() {
    local place users address pid
    while read -r _ _ _ place _ users; do
        address=${place%:*} address=${address//[][]/}
        case ${address%%%*}/$1 in
            "$1/$1" | 0.0.0.0/* | ::/* | \*/* | */0.0.0.0 | */::) ;;
            *) continue ;;
        esac
        case $users in
            *docker-proxy*) docker ps --filter "publish=$2" --format 'container {{.Names}}' ;;
            *pid=*)
                pid=${users#*pid=} users=${users#*\"}
                echo "${users%%\"*} (pid ${pid%%,*})"
                ;;
            *) echo "an unknown process" ;;
        esac
    done < <(ss -Hltnp "sport = :$2") | head -n 1
}
