# shellcheck shell=bash
# Managed by kestra-provision. What all scripts of this host share; they source it.
# shellcheck disable=SC2016,SC2034  # values are literal, and not every script uses each

root=/opt/kestra
project=tools-kestra
phase=tools
main=kestra
label=io.kestra-provision.managed
service_format='{{.State.Status}}|{{if .State.Health}}{{.State.Health.Status}}{{end}}|{{.RestartCount}}|{{.State.ExitCode}}|{{.State.OOMKilled}}|{{.State.StartedAt}}|{{.State.Pid}}|{{.HostConfig.Memory}}|{{index .Config.Labels "io.kestra-provision.managed"}}/{{index .Config.Labels "com.docker.compose.project"}}|{{.LogPath}}|{{json .HostConfig.PortBindings}}'
lock=/var/lib/kestra-provision/tools-kestra.lock
url=''
ui_port=8080
health_timeout=300
restart_loop=3
tasks_grace=300
just_started=60
just_failed=10

# services: in the order of their start. shown: the other way round, as people ask for them.
# ports: SERVICE|INSIDE|LISTENS|REACHED|PORT|VARIABLE|SETTING|TITLE, where the host has a port of a
# service: the address on which it listens, and the one to ask from here.
# databases: SERVICE|SERVER|DATABASE|USER|SECRET, the login of a service to a server of the stack.
# configurations: SERVICE|FILE|SECRET…, the file that a service reads, with these secrets of .env in it.
# useless: CHECK/WORD of a service for which a restart is all that helps, as patterns.
# states, begun: what was found when a service was looked at last, and when it was started.
services=(postgres kestra)
shown=(kestra postgres)
declare -gA containers=([postgres]=tools-kestra-postgres [kestra]=tools-kestra)
declare -gA titles=([postgres]=PostgreSQL [kestra]=Kestra)
declare -gA needs=([kestra]=postgres)
declare -gA held=([kestra]=postgres)
ports=('kestra|8080|127.0.0.1|127.0.0.1|8080|KESTRA_HTTP_PORT|http_port|port' 'kestra|8081|127.0.0.1|127.0.0.1|8081|KESTRA_MANAGEMENT_PORT|management_port|management port')
databases=('kestra|postgres|kestra|kestra|KESTRA_DB_PASSWORD')
configurations=('kestra|/opt/kestra/config/application.yaml|KESTRA_DB_PASSWORD KESTRA_BASICAUTH_PASSWORD KESTRA_ENCRYPTION_SECRET_KEY' 'kestra|/opt/kestra/config/flow-secrets.env|')
declare -gA useless=([kestra]='healthy/ports-closed */stuck healthy/shutting-down healthy/stale')
declare -gA states=() begun=()

# How .env is read: what stands before a value, what a start would stumble over, and pairs of a pattern
# and a reason. The first pattern that is found in a line decides; it is refused where there is a reason.
env_assignment='^[[:blank:]]*(export[[:blank:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:blank:]]*=[[:blank:]]*'
env_steering='^[[:blank:]]*(export[[:blank:]]+)?((COMPOSE|DOCKER)_[A-Za-z0-9_]*)[[:blank:]]*='
env_rules=(
    '^[[:blank:]]*(#([[:blank:]]|[^[:cntrl:]])*)?$' ''
    '^[[:blank:]]*export[[:blank:]]+=' 'is not KEY=value: what stands before the = is no name of a variable'
    "$env_assignment"''"'"'[^'"'"']*\$\{' 'holds ${, which python-dotenv replaces even between single quotes'
    "$env_assignment"''"'"'[^'"'"']*\\(\\|'"'"')' 'holds a double or final backslash, which the readers of .env escape in different ways'
    "$env_assignment"'([]!%&(-[^_a-~][]!#%&(-[^_a-~]*( +[]!%&(-[^_a-~][]!#%&(-[^_a-~]*)*|'"'"'[^'"'"'[:cntrl:]]*'"'"'|"[^"$`\\[:cntrl:]]*")?[[:blank:]]*$' ''
    "$env_assignment"'([]!%&(-[^_a-~][]!#%&(-[^_a-~]*( +[]!%&(-[^_a-~][]!#%&(-[^_a-~]*)*|'"'"'[^'"'"'[:cntrl:]]*'"'"'|"[^"$`\\[:cntrl:]]*")[[:blank:]]* #([[:blank:]]|[^[:cntrl:]])*$' ''
    "$env_assignment"'"[^"]*(\$|`|\\)' 'holds $, ` or a backslash between double quotes: write KEY='"'"'VALUE'"'"''
    "$env_assignment"'('"'"'[^'"'"']*|"[^"]*)$' 'opens a quote that does not end on its line: write KEY='"'"'VALUE'"'"' on one line'
    "$env_assignment"'([[:blank:]]|[^[:cntrl:]])*[[:cntrl:]]' 'holds a tab, a line break or another control character: write KEY='"'"'VALUE'"'"' without it'
    "$env_assignment"'['"'"'"]' 'goes on behind its closing quote: write KEY='"'"'VALUE'"'"', without '"'"' in it'
    "$env_assignment"'#' 'begins with #, as a comment does: write KEY='"'"'VALUE'"'"''
    "$env_assignment" 'holds $, a quote, `, a backslash or what is not ASCII outside of quotes: write KEY='"'"'VALUE'"'"''
    '^[^=]*[[:cntrl:]]' 'holds a tab, a line break or another control character: remove it'
    '^[[:blank:]]*(export[[:blank:]]+)?[A-Za-z_][A-Za-z0-9_]*[[:blank:]]*$' 'is not KEY=value: without = compose looks for the value elsewhere'
    '^[^=]*=' 'is not KEY=value: what stands before the = is no name of a variable'
    '' 'is not KEY=value'
)

# What the operator's shell exports must not steer compose, nor lead to another Docker.
for name in "${!KESTRA_@}" "${!COMPOSE_@}" "${!DOCKER_@}"; do
    unset "$name"
done
export DOCKER_HOST=unix:///var/run/docker.sock DOCKER_CONFIG=/etc/docker

export LC_ALL=C
command_line="$0${*:+ $*}"

say() {
    printf '%s\n' "$*" >&2
}

die() {
    died=$*
    say "error: $died"
    exit "${exit_code_of_errors:-1}"
}

# Ends the script for a word it does not know; the second word is the list of those it does.
unknown() {
    die "unknown $1, known: $2. See $0 --help"
}

# Why Docker cannot be used, as a word and a sentence; nothing when it can.
docker_trouble() {
    local said
    command -v docker >/dev/null || {
        echo "docker-missing: no docker command on this host"
        return
    }
    said=$(timeout 20 docker version --format '{{.Server.Version}}' 2>&1) && return
    case $said in
        *"permission denied"*) echo "docker-denied: $(id -un) is not in group docker" ;;
        *) echo "docker-not-running: the daemon does not answer; sudo systemctl restart docker" ;;
    esac
}

need_docker() {
    local trouble
    trouble=$(docker_trouble)
    case $trouble in
        '') ;;
        docker-denied:*) die "${trouble#*: }: sudo $command_line" ;;
        *) die "${trouble#*: }" ;;
    esac
}

# Which of Docker's rules in the firewall are gone, one a line; only root can tell.
lost_rules() {
    [ "$(id -u)" = 0 ] && command -v iptables-save > /dev/null || return 0
    told=/proc/$(cat /run/docker.pid 2> /dev/null)/cmdline
    if grep -qsE '"?iptables"?[:=] *false' /etc/docker/daemon.json "$told"; then return 0; fi
    if nft list table ip docker-bridges > /dev/null 2>&1; then return 0; fi
    rules=$(iptables-save 2> /dev/null) || return 0
    case $rules in *"-A PREROUTING "*"-j DOCKER"*) ;; *) echo "published ports" ;; esac
    if grep -qsE '"?userland-proxy"?[:=] *false' /etc/docker/daemon.json "$told"; then
        bound='{{range .}}{{.HostIp}} {{.HostPort}}{{println}}{{end}}'
        bound="{{range .NetworkSettings.Ports}}$bound{{end}}"
        docker ps -q 2> /dev/null | xargs -r docker inspect -f "$bound" 2> /dev/null |
            grep '^[0-9.]* ' | while read -r _ port; do
            case $rules in *"--dport $port -j DNAT"*) ;; *) echo "published port $port" ;; esac
        done
    fi
    case $rules in *"-A FORWARD "*"-j DOCKER"*) ;; *) echo forwarding ;; esac
    routes=$(ip -4 route show 2> /dev/null)
    printf '%s\n' "$routes" | while read -r subnet _ bridge _; do
        case $bridge in br-*) ;; *) continue ;; esac
        case $rules in *"-A POSTROUTING -s $subnet ! -o $bridge -j MASQUERADE"*) continue ;; esac
        docker network inspect -f '{{.Internal}} {{json .Options}}' "${bridge#br-}" 2> /dev/null |
            grep '^false' | grep -qvE 'masquerade":"false|gateway_mode_ipv4":"(routed|isolated)' &&
            echo "masquerading of $subnet"
    done
    ip -br link show type bridge 2> /dev/null | while read -r bridge _; do
        case $bridge in br-*) ;; *) continue ;; esac
        case $routes in *" dev $bridge "*) continue ;; esac
        docker network inspect -f '{{json .Options}}{{range .IPAM.Config}} {{.Subnet}}{{end}}' \
            "${bridge#br-}" 2> /dev/null | grep -v 'inhibit_ipv4":"true' |
            grep -qE ' [0-9]+[.][0-9.]+/' && echo "address of $bridge"
    done
    if ! grep -qsE '"?ip-forward"?[:=] *false' /etc/docker/daemon.json "$told" &&
        [ "$(cat /proc/sys/net/ipv4/ip_forward 2> /dev/null)" = 0 ]; then
        echo net.ipv4.ip_forward
    fi
    return 0
}

# rules_trouble: a sentence where some are gone; nothing else.
rules_trouble() {
    local lost
    lost=$(lost_rules)
    [ -z "$lost" ] || echo "Docker's firewall rules are gone (${lost//$'\n'/, }): containers reach nothing" \
        "outside, and none can be started; sudo systemctl restart docker, which lets them run on"
}


# json_text TEXT: as a string of JSON.
json_text() {
    local text=${1//\\/\\\\}
    text=${text//[[:cntrl:]]/ }
    printf '"%s"' "${text//\"/\\\"}"
}

# container_of SERVICE: fails for a name that is none of the stack.
container_of() {
    [ -n "${1:-}" ] && [ -n "${containers[$1]-}" ] && printf '%s\n' "${containers[$1]}"
}

# joined SEPARATOR WORD…
joined() {
    local text=${2-} separator=$1 word
    for word in "${@:3}"; do
        text+=$separator$word
    done
    printf '%s\n' "$text"
}

# with_needs SERVICE…: those and all that they need, in the order of their start.
with_needs() {
    local wanted=" $* " service
    for service in "${shown[@]}"; do # who needs something comes before it here
        [[ $wanted != *" $service "* ]] || wanted+="${needs[$service]-} "
    done
    for service in "${services[@]}"; do
        [[ $wanted != *" $service "* ]] || printf '%s\n' "$service"
    done
}

# with_dependents SERVICE…: those and all who need them and would not find them again by themselves, in
# the order of their start.
with_dependents() {
    local wanted=" $* " service need
    for service in "${services[@]}"; do
        for need in ${held[$service]-}; do
            [[ $wanted != *" $need "* ]] || wanted+="$service "
        done
        [[ $wanted != *" $service "* ]] || printf '%s\n' "$service"
    done
}

# is_needed SERVICE: by another one.
is_needed() {
    [ "$(with_dependents "$1")" != "$1" ]
}

# env_lines: of .env, as its readers see them; a NUL, which bash would drop, as another control
# character.
env_lines() {
    tr '\0' '\1' <"$root/.env" | sed -e '1s/^\xef\xbb\xbf//' -e 's/\r$//'
}

# env_trouble: why .env is not read alike by all that read it, as a deploy would say; nothing when it
# is. It names key and rule, never the value.
env_trouble() {
    local i key line number
    number=$(LC_ALL=C.UTF-8 grep -naxv '.*' "$root/.env" | head -n 1)
    if [ -n "$number" ]; then
        echo "$root/.env: line ${number%%:*} holds bytes that are no UTF-8"
        return
    fi
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        for ((i = 0; i < ${#env_rules[@]}; i += 2)); do
            [[ ! $line =~ ${env_rules[i]} ]] || break
        done
        [ -n "${env_rules[i + 1]}" ] || continue
        key=''
        if [[ $line =~ $env_assignment ]]; then
            key="(${BASH_REMATCH[2]}) "
        fi
        echo "$root/.env: line $number $key${env_rules[i + 1]}"
        return
    done < <(env_lines)
}

# start_trouble: why nothing could be started with this .env, for a user who may read it; nothing when
# it could.
start_trouble() {
    local line why
    if [ ! -e "$root/.env" ]; then
        echo "$root/.env is missing; deploy again: pyinfra inventory deploy.py"
        return
    fi
    why=$(env_trouble)
    if [ -n "$why" ]; then
        echo "$why"
        return
    fi
    while IFS= read -r line || [ -n "$line" ]; do
        if [[ $line =~ $env_steering ]]; then
            echo "$root/.env: ${BASH_REMATCH[2]} changes what compose does: remove that line"
            return
        fi
    done < <(env_lines)
}

# env_value KEY: of a .env without trouble. It is not sourced: a line of the file is no command.
env_value() {
    local line value=''
    while IFS= read -r line || [ -n "$line" ]; do
        if [[ ! $line =~ $env_assignment ]] || [ "${BASH_REMATCH[2]}" != "$1" ]; then
            continue
        fi
        value=${line:${#BASH_REMATCH[0]}}
        case $value in
            \'*) value=${value#?} value=${value%%\'*} ;;
            \"*) value=${value#?} value=${value%%\"*} ;;
            *) value=${value%% #*} value=${value%"${value##*[![:blank:]]}"} ;;
        esac
    done < <(env_lines)
    printf '%s\n' "$value"
}

# in_yaml TEXT: as it stands between double quotes in a configuration.
in_yaml() {
    local text=${1//\\/\\\\}
    printf '%s\n' "${text//\"/\\\"}"
}
