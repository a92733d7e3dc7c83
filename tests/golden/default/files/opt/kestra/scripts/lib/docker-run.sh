# shellcheck shell=bash
# Managed by kestra-provision. What compose.yaml says as calls of docker alone, for a host whose compose is gone.
# shellcheck disable=SC2034  # names for docker's -e
compose=com.docker.compose
config_label=io.kestra-provision.config-sha256
memory_label=io.kestra-provision.memory-mb
config_sha256=937dabf087a34a47e5653435edd88ad2a14b0577d161574422120d3adf18ea55
kestra_image=kestra/kestra:v1.3.39
postgres_image=postgres:17
internal=tools-kestra_internal
network=tradingsystem_backend
volume=tools-kestra_postgres-data
postgres_mount=/var/lib/postgresql/data
config=/opt/kestra/config/application.yaml
config_in_container=/etc/kestra/application.yaml
storage=/opt/kestra/tools/kestra/storage
workdir=/opt/kestra/tools/kestra/workdir
kestra_memory=2048
postgres_memory=512
heap=1365
kestra_grace=360
postgres_grace=60


# A container that is there is started as it was made; a lost one is made again.
start_without_compose() {
    if ! docker inspect --type container "$(container_of "$1")" >/dev/null 2>&1; then
        need_networks
        create_"$1" >/dev/null || die "docker cannot make $1, see above"
    fi
    docker start "$(container_of "$1")" >/dev/null || die "docker cannot start $1, see above"
}

need_networks() {
    docker network inspect "$internal" >/dev/null 2>&1 ||
        docker network create --label "$label=true" --label "$compose.project=$project" \
            --label "$compose.network=internal" "$internal" >/dev/null
    docker network inspect "$network" >/dev/null 2>&1 ||
        docker network create --label "$label=true" "$network" >/dev/null
}

# create SERVICE ARGUMENT…: with the labels by which compose knows its own, so that the next
# deploy takes it over (it sees none without a config-hash); values of secrets come from the environment, never from the command line.
create() {
    local service=$1
    shift
    docker create --name "$(container_of "$service")" --pull never --restart unless-stopped \
        --label "$label=true" --label "$compose.project=$project" \
        --label "$compose.service=$service" --label "$compose.oneoff=False" \
        --label "$compose.container-number=1" --label "$compose.config-hash=none" \
        --label "$compose.project.working_dir=$root" \
        --label "$compose.project.config_files=$root/compose.yaml" \
        --network "$internal" --network-alias "$service" \
        --cap-drop ALL --security-opt no-new-privileges:true \
        --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 "$@"
}

create_postgres() {
    docker volume create --label "$label=true" --label "$compose.project=$project" \
        --label "$compose.volume=postgres-data" "$volume" >/dev/null
    # shellcheck disable=SC2016  # the container's variables
    POSTGRES_DB=$(env_value KESTRA_DB_NAME) POSTGRES_USER=$(env_value KESTRA_DB_USER) \
        POSTGRES_PASSWORD=$(env_value KESTRA_DB_PASSWORD) \
        create postgres --stop-timeout "$postgres_grace" --label "$memory_label=$postgres_memory" \
        -e POSTGRES_DB -e POSTGRES_USER -e POSTGRES_PASSWORD -v "$volume:$postgres_mount" \
        --health-cmd 'pg_isready -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"' \
        --health-interval 2s --health-timeout 5s --health-retries 30 --health-start-period 60s \
        --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add SETGID --cap-add SETUID \
        --memory "${postgres_memory}m" --pids-limit 512 --shm-size 128m "$postgres_image"
}

create_kestra() {
    local bind=$bind_address check
    case $bind in
        *:*) bind="[$bind]" ;;
    esac
    # shellcheck disable=SC2016  # the container's variables
    check='exec 3<>/dev/tcp/127.0.0.1/8081'
    check+=' && printf "GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3'
    # shellcheck disable=SC2016
    check+=' && read -r _ status _ <&3 && [ "$status" = 200 ]'
    DB_PASSWORD=$(env_value KESTRA_DB_PASSWORD) \
        BASICAUTH_PASSWORD=$(env_value KESTRA_BASICAUTH_PASSWORD) \
        ENCRYPTION_SECRET_KEY=$(env_value KESTRA_ENCRYPTION_SECRET_KEY) JAVA_OPTS=-Xmx${heap}m LANG=C.UTF-8 \
        create kestra --stop-timeout "$kestra_grace" --label "$config_label=$config_sha256" \
        --label "$memory_label=$kestra_memory" \
        -e DB_PASSWORD -e BASICAUTH_PASSWORD -e ENCRYPTION_SECRET_KEY -e JAVA_OPTS -e LANG \
        -p "$bind:$ui_port:8080" -p "127.0.0.1:$management_port:8081" \
        -v "$config:$config_in_container:ro" -v "$storage:/app/storage" -v "$workdir:/tmp/kestra-wd" \
        --health-cmd "bash -c '$check'" --health-interval 5s --health-timeout 10s \
        --health-retries 6 --health-start-period "${health_timeout}s" \
        --read-only --tmpfs /tmp:mode=1777,exec --memory "${kestra_memory}m" --pids-limit 2048 \
        "$kestra_image" server standalone --config "$config_in_container" &&
        docker network connect --alias kestra "$network" "$kestra_container"
}
