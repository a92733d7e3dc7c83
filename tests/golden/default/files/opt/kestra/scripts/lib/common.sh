# shellcheck shell=bash
# Managed by kestra-provision. What all scripts of this host share; they source it.
# shellcheck disable=SC2016,SC2034  # values are literal, and not every script uses each

root=/opt/kestra
project=tools-kestra
label=io.kestra-provision.managed
lock=/var/lib/kestra-provision/tools-kestra.lock
kestra_container=tools-kestra
postgres_container=tools-kestra-postgres
bind_address=127.0.0.1
local_address=127.0.0.1
http_port=8080
management_port=8081
url=http://localhost:8080/
health_timeout=300
restart_loop=3
just_started=60


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
    say "error: $*"
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

# container_of SERVICE
container_of() {
    case $1 in
        kestra) echo "$kestra_container" ;;
        postgres) echo "$postgres_container" ;;
        *) return 1 ;;
    esac
}
