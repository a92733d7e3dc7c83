# shellcheck shell=bash
# Managed by kestra-provision. What must hold before something is started or stopped; needs common.sh and health.sh.
# shellcheck disable=SC2034,SC2154  # health.sh and this share variables

. /opt/kestra/scripts/lib/lock.sh


# need_phase ARGUMENT…: of the two scripts for whole stacks.
need_phase() {
    local asked=$phase
    while [ $# -gt 0 ]; do
        case $1 in
            --phase) asked=${2-} && shift ;;
            --phase=*) asked=${1#*=} ;;
            -h | --help) usage && exit ;;
            *) unknown "option $1" "--phase, --help" ;;
        esac
        [ $# -gt 0 ] && shift
    done
    [ "$asked" = "$phase" ] || unknown "phase '$asked'" "$phase"
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

# audit TIME ACTION OPERATOR REASON RESULT SECONDS: a line where deploys and runbooks have theirs;
# kestra-provision audit shows all.
audit() (
    umask 027
    file=$root/logs/audit.jsonl
    [ -d "${file%/*}" ] || install -d -m 750 "${file%/*}"
    touch "$file" && chmod 640 "$file"
    [ -z "$(tail -c 1 "$file")" ] || echo >>"$file" # the last line was cut off
    printf '{"time": "%s", "host": %s, "action": %s, "operator": %s, "reason": %s, ' "$1" \
        "$(json_text "$(hostname)")" "$(json_text "$2")" "$(json_text "$3")" "$(json_text "$4")" >>"$file"
    printf '"result": %s, "duration_s": %d}\n' "$(json_text "$5")" "$6" >>"$file"
)

# recorded ACTION RESULT: from here on, what this script starts or stops leaves such a line at its
# end, with this result where it ends well.
recorded() {
    acted='' died='' since=$SECONDS since_when=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    action=$1 well=$2
    trap 'record $?' EXIT
}

# record EXIT-CODE: a script that changed nothing leaves no line, nor does one that is not root's: the
# file is.
record() {
    local result=$well
    trap - EXIT
    if [ -z "$acted" ] || [ "$(id -u)" != 0 ]; then
        return
    fi
    [ "$1" = 0 ] || result="failed: ${died:-exit code $1}"
    audit "$since_when" "$action" "$(who_asks)" "$command_line" "$result" $((SECONDS - since))
}

# who_asks: the user behind sudo, and from where; sudo keeps the address from its children.
who_asks() {
    local place='' process=$$
    while [ "${process:-1}" -gt 1 ] && [ -z "$place" ]; do
        place=$(tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | sed -n 's/^SSH_CONNECTION=\([^ ]*\).*/\1/p')
        process=$(sed -n 's/^PPid:[[:blank:]]*//p' "/proc/$process/status")
    done
    echo "${SUDO_USER:-$(id -un)}@${place:-$(hostname)}"
}

need_env() {
    local why
    [ ! -e "$root/.env" ] || [ -r "$root/.env" ] || die "$root/.env is root's alone: sudo $command_line"
    why=$(start_trouble)
    [ -z "$why" ] || die "$why"
}

# tell_start_trouble: before something is stopped, that it could not be started again.
tell_start_trouble() {
    local why
    [ ! -e "$root/.env" ] || [ -r "$root/.env" ] || return 0
    why=$(start_trouble)
    [ -z "$why" ] || say "warning: it cannot be started again before this is mended: $why"
}

# Why nothing is done where the daemon answers, and says nothing of a container.
not_told="Docker does not tell; sudo systemctl restart docker"

# A stranger's container may have the name; it is never touched.
need_ours() {
    local service name
    for service in "${shown[@]}"; do
        name=$(container_of "$service")
        inspect "$name"
        [ "$status" != unknown ] || die "nobody knows whether there is a container $name: $not_told"
        [ "$owner" != stranger ] ||
            die "the container $name is not ours: docker rename $name $name-old"
    done
}

# move VARIABLE PORT: for this time only; compose takes it from the environment.
declare -gA moved=()
move() {
    moved[$1]=$2
    export "$1=$2"
}

# need_ports: each of the host's stands in .env.
need_ports() {
    local entry variable
    for entry in "${ports[@]}"; do
        IFS='|' read -r _ _ _ _ _ variable _ <<<"$entry"
        [[ $(setting "$variable") =~ ^[0-9]+$ ]] ||
            die "$root/.env has no ports; deploy again: pyinfra inventory deploy.py"
    done
}

# setting VARIABLE: as it holds this time.
setting() {
    if [ -n "${moved[$1]-}" ]; then
        echo "${moved[$1]}"
    else
        env_value "$1"
    fi
}

# ports_of SERVICE: of the host, one a line.
ports_of() {
    local entry service variable
    for entry in "${ports[@]}"; do
        IFS='|' read -r service _ _ _ _ variable _ <<<"$entry"
        [ "$service" != "$1" ] || setting "$variable"
    done
}

# need_credentials SERVICE: its database takes the password that stands in .env, and what it reads
# itself are the secrets that do.
need_credentials() {
    local entry service server database user secret trouble
    for entry in "${databases[@]}"; do
        IFS='|' read -r service server database user secret <<<"$entry"
        [ "$service" != "$1" ] || login_"$server" "$user" "$database" "$secret" || die "$detail$way_out"
    done
    trouble=$(configuration_trouble "$1")
    [ -z "$trouble" ] || die "$trouble"
}

# configuration_trouble SERVICE: why it would run with other secrets than stand in .env; nothing when
# it would not. Only a deploy writes them where it reads them.
configuration_trouble() {
    local entry service file secrets name line other
    for entry in "${configurations[@]}"; do
        IFS='|' read -r service file secrets <<<"$entry"
        [ "$service" = "$1" ] || continue
        # Docker would make an empty folder in its place.
        [ -n "$secrets" ] || [ -f "$file" ] ||
            echo "$file is missing, which ${titles[$1]} reads; a deploy writes it:" \
                "pyinfra inventory deploy.py"
        other=()
        for name in $secrets; do
            line=": \"$(in_yaml "$(env_value "$name")")\" # $name"
            # Bash compares itself: no secret stands in a command line.
            [[ $(cat "$file" 2>/dev/null)$'\n' == *"$line"$'\n'* ]] || other+=("$name")
        done
        [ ${#other[@]} = 0 ] ||
            echo "$(joined ' and ' "${other[@]}") in $root/.env is not what $file has, which" \
                "${titles[$1]} reads; a deploy writes it there: pyinfra inventory deploy.py"
    done
}

# port_trouble SERVICE: who else has a port of its and how to move it, one line each; nothing when
# all are free.
port_trouble() {
    local entry service inside listens wanted variable name holder once
    inspect "$(container_of "$1")"
    case $status in
        running | restarting | paused) ;; # then its ports are its own
        *) bindings='' ;;
    esac
    for entry in "${ports[@]}"; do
        IFS='|' read -r service inside listens _ _ variable name _ <<<"$entry"
        if [ "$service" != "$1" ]; then
            continue
        fi
        wanted=$(setting "$variable")
        [ "$(published "$inside")" != "$wanted" ] || continue
        holder=$(port_holder "$listens" "$wanted")
        [ -n "$holder" ] || continue
        once=''
        if [ "$variable" = KESTRA_MANAGEMENT_PORT ]; then
            once=", or for once: sudo $root/tools/kestra/scripts/run.sh --detach --management-port N"
        fi
        echo "port $wanted is taken by $holder: stop it, or set $name ($variable) in the inventory" \
            "and deploy$once"
    done
}

# port_holder ADDRESS PORT: the container or process that listens there.
port_holder() {
    local place users listens pid
    while read -r _ _ _ place _ users; do
        listens=${place%:*} listens=${listens//[][]/}
        case ${listens%%%*}/$1 in
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
