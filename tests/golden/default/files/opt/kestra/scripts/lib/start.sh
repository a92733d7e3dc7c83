# shellcheck shell=bash
# Managed by kestra-provision. Starts and stops the services of the compose file.

. /opt/kestra/scripts/lib/health.sh
. /opt/kestra/scripts/lib/guard.sh


compose() {
    docker compose --project-directory "$root" -f "$root/compose.yaml" "$@"
}

# start SERVICE, and wait until it answers.
start() {
    local only=$1
    if [ "$1" = postgres ]; then
        release_executions
    fi
    container=$(container_of "$1")
    inspect "$container"
    if [ "$status" = paused ]; then
        docker unpause "$container" >/dev/null
    fi
    if [ "$1" = kestra ]; then
        only=''
    fi
    if docker compose version >/dev/null 2>&1; then
        # Kestra by no name, as a deploy does: named, or without what it depends on, its container
        # gets another sum in compose's books, and the next deploy would make it anew.
        compose up -d --pull never --no-build ${only:+"$only"} >&2 ||
            die "compose cannot start $1, see above; a deploy repairs: pyinfra inventory deploy.py"
    else
        say "docker compose is missing here: $container is started with docker alone"
        . /opt/kestra/scripts/lib/docker-run.sh
        start_without_compose "$1"
    fi
    await "$1"
}

# A Kestra that lived through the end of its PostgreSQL serves nothing any more, and one that sees
# a new PostgreSQL come up strands its executions.
release_executions() {
    inspect "$postgres_container"
    case $status in
        running | paused) return ;;
    esac
    release_kestra
}

# release_kestra: sets released when it stopped one, for a caller who would not start it otherwise.
release_kestra() {
    inspect "$kestra_container"
    case $status in
        running | restarting | paused)
            stop kestra >&2
            # shellcheck disable=SC2034  # start-stacks.sh asks
            released=yes
            ;;
    esac
}

# await SERVICE: until it answers, and until Docker agrees, whose word compose takes. What is Up
# and does not serve, such as a Kestra that lost PostgreSQL, is started again, once.
await() {
    local deadline=$((SECONDS + health_timeout)) said=$((SECONDS + 10)) again=no first=''
    while look "$1" && { [ "$health" != healthy ] || [ "$check" = unhealthy ]; }; do
        : "${first:=$restarts}" # those before were for another reason
        if [ $((restarts - first)) -ge "$restart_loop" ] || [ "$SECONDS" -ge "$deadline" ]; then
            die "$container: $detail. See sudo $root/tools/kestra/scripts/logs.sh $1"
        elif [ "$again" = no ] && useless; then
            say "$container: $detail: it is started again"
            again=yes
            [ "$1" = kestra ] || release_kestra # it would lose its database under way
            docker restart "$(container_of "$1")" >/dev/null
        elif [ "$SECONDS" -ge "$said" ]; then
            say "waiting for $container, at most $((deadline - SECONDS)) s: $detail"
            said=$((SECONDS + 15))
        fi
        sleep 1
    done
    say "✓ $container: $detail"
}

# Waiting will not help: it runs for long, and has closed its ports or failed Docker's checks.
useless() {
    case $health/$check/$state in
        degraded/unhealthy/* | degraded/healthy/ports-closed) return 0 ;;
    esac
    return 1
}

# stop SERVICE with the grace period its container was made with.
stop() {
    container=$(container_of "$1")
    inspect "$container"
    case $status in
        running | restarting | paused) ;;
        *)
            echo "no container running ($container is $status)"
            return
            ;;
    esac
    say "stopping $container; it has up to" \
        "$(docker inspect --format '{{.Config.StopTimeout}}' "$container") s to end what it does"
    if [ "$status" = paused ]; then
        docker unpause "$container" >/dev/null # frozen, it would never hear of it
    fi
    docker stop "$container" >/dev/null || die "docker stop $container failed, see above"
    echo "✓ $(docker inspect --format '{{slice .Id 0 12}}' "$container") stopped"
}
