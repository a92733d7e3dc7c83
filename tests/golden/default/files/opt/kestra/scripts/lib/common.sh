# shellcheck shell=bash
# Managed by kestra-provision. What all scripts of this host share; they source it.
# shellcheck disable=SC2016,SC2034  # values are literal, and not every script uses each

root=/opt/kestra
project=tools-kestra
phase=tools
main=kestra
label=io.kestra-provision.managed
service_format='{{.State.Status}}|{{if .State.Health}}{{.State.Health.Status}}{{end}}|{{.RestartCount}}|{{.State.ExitCode}}|{{.State.OOMKilled}}|{{.State.StartedAt}}|{{.State.Pid}}|{{.HostConfig.Memory}}|{{index .Config.Labels "io.kestra-provision.managed"}}/{{index .Config.Labels "com.docker.compose.project"}}|{{json .HostConfig.PortBindings}}'
lock=/var/lib/kestra-provision/tools-kestra.lock
url=http://localhost:8080/
health_timeout=300
restart_loop=3
just_started=60

# services: in the order of their start. shown: the other way round, as people ask for them.
# ports: SERVICE|INSIDE|LISTENS|REACHED|PORT|VARIABLE|SETTING|TITLE, where the host has a port of a
# service: the address on which it listens, and the one to ask from here.
# databases: SERVICE|SERVER|DATABASE|USER|SECRET, the login of a service to a server of the stack.
# states: what was found when a service was looked at last.
services=(postgres kestra)
shown=(kestra postgres)
declare -gA containers=([postgres]=tools-kestra-postgres [kestra]=tools-kestra)
declare -gA titles=([postgres]=PostgreSQL [kestra]=Kestra)
declare -gA needs=([kestra]=postgres)
ports=('kestra|8080|127.0.0.1|127.0.0.1|8080|KESTRA_HTTP_PORT|http_port|port' 'kestra|8081|127.0.0.1|127.0.0.1|8081|KESTRA_MANAGEMENT_PORT|management_port|management port')
databases=('kestra|postgres|kestra|kestra|KESTRA_DB_PASSWORD')
declare -gA states=()

# What the operator's shell exports must not steer compose, nor lead to another Docker.
for name in "${!KESTRA_@}" "${!COMPOSE_@}" DOCKER_HOST DOCKER_CONTEXT; do
    unset "$name"
done

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

# with_dependents SERVICE…: those and all who need them, in the order of their start.
with_dependents() {
    local wanted=" $* " service need
    for service in "${services[@]}"; do
        for need in ${needs[$service]-}; do
            [[ $wanted != *" $need "* ]] || wanted+="$service "
        done
        [[ $wanted != *" $service "* ]] || printf '%s\n' "$service"
    done
}

# is_needed SERVICE: by another one.
is_needed() {
    [ "$(with_dependents "$1")" != "$1" ]
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
