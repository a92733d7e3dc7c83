# shellcheck shell=bash
# Managed by kestra-provision. What compose.yaml says as calls of docker alone, for a host whose compose is gone.
# shellcheck disable=SC2016  # variables of the containers


# A container that is there is started as it was made; a lost one is made again.
start_without_compose() {
    if ! docker inspect --type container "$(container_of "$1")" >/dev/null 2>&1; then
        need_networks
        # One that is not in all its networks would be started as if it were whole the next time.
        if ! create_"$1" >/dev/null; then
            docker rm "$(container_of "$1")" >/dev/null 2>&1
            die "docker cannot make $1, see above"
        fi
    fi
    docker start "$(container_of "$1")" >/dev/null || die "docker cannot start $1, see above"
}

# need_values NAME…: docker would take an empty one; compose refuses it.
need_values() {
    local name
    for name in "$@"; do
        [ -n "$(setting "$name")" ] ||
            die "$name is missing in $root/.env; deploy again: pyinfra inventory deploy.py"
    done
}

# Values of .env reach docker through its environment, never in a command line, ports excepted.
need_networks() {
    docker network inspect tools-kestra_internal >/dev/null 2>&1 ||
        docker network create \
            --label io.kestra-provision.managed=true \
            --label com.docker.compose.project=tools-kestra \
            --label com.docker.compose.network=internal \
            tools-kestra_internal >/dev/null
    docker network inspect tradingsystem_backend >/dev/null 2>&1 ||
        docker network create \
            --label "$label=true" \
            tradingsystem_backend >/dev/null
}

create_postgres() {
    need_values KESTRA_DB_NAME KESTRA_DB_PASSWORD KESTRA_DB_USER
    docker volume create \
        --label io.kestra-provision.managed=true \
        --label com.docker.compose.project=tools-kestra \
        --label com.docker.compose.volume=postgres-data \
        tools-kestra_postgres-data >/dev/null
    POSTGRES_DB="$(setting KESTRA_DB_NAME)" \
        POSTGRES_USER="$(setting KESTRA_DB_USER)" \
        POSTGRES_PASSWORD="$(setting KESTRA_DB_PASSWORD)" \
        docker create --name tools-kestra-postgres --pull never \
        --label io.kestra-provision.managed=true \
        --label io.kestra-provision.memory-mb=512 \
        --label io.kestra-provision.pids=512 \
        --label com.docker.compose.project=tools-kestra \
        --label com.docker.compose.service=postgres \
        --label com.docker.compose.oneoff=False \
        --label com.docker.compose.container-number=1 \
        --label com.docker.compose.config-hash=none \
        --label com.docker.compose.project.working_dir=/opt/kestra \
        --label com.docker.compose.project.config_files=/opt/kestra/compose.yaml \
        --network tools-kestra_internal --network-alias postgres \
        -e POSTGRES_DB \
        -e POSTGRES_USER \
        -e POSTGRES_PASSWORD \
        -v tools-kestra_postgres-data:/var/lib/postgresql/data \
        --restart unless-stopped \
        --stop-timeout 60 \
        --cap-drop ALL \
        --cap-add CHOWN \
        --cap-add DAC_OVERRIDE \
        --cap-add FOWNER \
        --cap-add SETGID \
        --cap-add SETUID \
        --security-opt no-new-privileges:true \
        --memory 512m \
        --pids-limit 512 \
        --shm-size 128m \
        --log-driver json-file \
        --log-opt max-size=10m \
        --log-opt max-file=3 \
        --health-cmd 'pg_isready -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"' \
        --health-interval 5s \
        --health-timeout 5s \
        --health-retries 12 \
        --health-start-period 60s \
        postgres:17
}

create_kestra() {
    need_values KESTRA_HTTP_PORT KESTRA_MANAGEMENT_PORT
    docker create --name tools-kestra --pull never \
        --label io.kestra-provision.managed=true \
        --label io.kestra-provision.config-sha256=0e85ca43a37b4c7911750046ed0c2179787f6873ae0aa4782ddb6341098ee033 \
        --label io.kestra-provision.memory-mb=2048 \
        --label io.kestra-provision.pids=2048 \
        --label com.docker.compose.project=tools-kestra \
        --label com.docker.compose.service=kestra \
        --label com.docker.compose.oneoff=False \
        --label com.docker.compose.container-number=1 \
        --label com.docker.compose.config-hash=none \
        --label com.docker.compose.project.working_dir=/opt/kestra \
        --label com.docker.compose.project.config_files=/opt/kestra/compose.yaml \
        --network tools-kestra_internal --network-alias kestra \
        -e JAVA_OPTS=-Xmx1365m \
        -e LANG=C.UTF-8 \
        -v /opt/kestra/config/application.yaml:/etc/kestra/application.yaml:ro \
        -v /opt/kestra/config/flow-secrets.env:/etc/kestra/flow-secrets.env:ro \
        -v /opt/kestra/tools/kestra/storage:/app/storage \
        -v /opt/kestra/tools/kestra/workdir:/tmp/kestra-wd \
        --entrypoint /bin/sh \
        --restart unless-stopped \
        --init \
        --stop-timeout 360 \
        -p "127.0.0.1:$(setting KESTRA_HTTP_PORT):8080" \
        -p "127.0.0.1:$(setting KESTRA_MANAGEMENT_PORT):8081" \
        --read-only \
        --tmpfs /tmp:mode=1777,exec \
        --cap-drop ALL \
        --security-opt no-new-privileges:true \
        --memory 2048m \
        --pids-limit 2048 \
        --log-driver json-file \
        --log-opt max-size=10m \
        --log-opt max-file=3 \
        --health-cmd 'bash -c '"'"'exec 3<>/dev/tcp/127.0.0.1/8081 && printf '"'"'"'"'"'"'"'"'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n'"'"'"'"'"'"'"'"' >&3 && read -r _ status _ <&3 && [ "$status" = 200 ]'"'"'' \
        --health-interval 10s \
        --health-timeout 10s \
        --health-retries 3 \
        --health-start-period 300s \
        kestra/kestra:v1.3.39 -c 'set -a; . /etc/kestra/flow-secrets.env; set +a; exec docker-entrypoint.sh "$@"' kestra server standalone --config /etc/kestra/application.yaml &&
        docker network connect --alias kestra tradingsystem_backend tools-kestra
}

