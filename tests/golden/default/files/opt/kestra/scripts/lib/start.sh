# shellcheck shell=bash
# Managed by kestra-provision. Starts and stops the services of the compose file.
# shellcheck disable=SC2034  # released and acted are for those who call

. /opt/kestra/scripts/lib/health.sh
. /opt/kestra/scripts/lib/guard.sh


# Services that this script shall not start; who was stopped, and for which of its needs.
left_out=''
declare -gA released=()

# acted: something was started or stopped.
acted=''

# leave_out_all_but SERVICE…: and what they need.
leave_out_all_but() {
    local service wanted
    wanted=" $(with_needs "$@" | paste -sd ' ') "
    for service in "${services[@]}"; do
        [[ $wanted == *" $service "* ]] || left_out+=" $service"
    done
}

compose() {
    docker compose --project-directory "$root" -f "$root/compose.yaml" "$@"
}

# start SERVICE, and wait until it answers.
start() {
    local names=("$1") before
    inspect "$(container_of "$1")"
    before=$status/$started
    [ "$status" = running ] || acted=yes
    case $status in
        running | paused) ;;
        *) release_dependents "$1" ;;
    esac
    container=$(container_of "$1")
    inspect "$container"
    if [ "$status" = paused ]; then
        docker unpause "$container" >/dev/null
    fi
    if [ "$1" = "$main" ] && [ -z "$left_out" ]; then
        # By no name, as a deploy does: named, or without what it depends on, a container gets
        # another sum in the books of some releases of compose, and the next deploy makes it anew.
        names=()
    fi
    if docker compose version >/dev/null 2>&1; then
        compose up -d --pull never --no-build "${names[@]}" >&2 ||
            die "compose cannot start $1, see above; a deploy repairs: pyinfra inventory deploy.py"
    else
        say "docker compose is missing here: $container is started with docker alone"
        . /opt/kestra/scripts/lib/docker-run.sh
        start_without_compose "$1"
    fi
    await "$1"
    inspect "$container"
    [ "$status/$started" = "$before" ] || acted=yes
}

# release_dependents SERVICE: who lived through its end serves nothing any more, and who sees it
# come up anew strands what it worked on. The last to start is stopped first.
release_dependents() {
    local dependent dependents
    dependents=" $(with_dependents "$1" | paste -sd ' ') "
    for dependent in "${shown[@]}"; do
        if [ "$dependent" = "$1" ] || [[ $dependents != *" $dependent "* ]]; then
            continue
        fi
        inspect "$(container_of "$dependent")"
        case $status in
            running | restarting | paused)
                stop "$dependent" >&2
                released[$dependent]=$1
                ;;
        esac
    done
}

# needed_as SERVICE NEED: what the one calls the other.
needed_as() {
    if [[ " ${databases[*]}" == *" $1|$2|"* ]]; then
        echo "its database"
    else
        echo "${titles[$2]}"
    fi
}

# await SERVICE: until it answers, and Docker agrees. What is Up and does not serve, such as a Kestra
# that lost its database, is started again, once.
await() {
    local deadline=$((SECONDS + health_timeout)) said=$((SECONDS + 10)) again=no first=''
    while look "$1" && [ "$health" != healthy ]; do
        : "${first:=$restarts}" # those before were for another reason
        if [ $((restarts - first)) -ge "$restart_loop" ] || [ "$SECONDS" -ge "$deadline" ]; then
            die "$container: $detail. See sudo $root/tools/kestra/scripts/logs.sh $1"
        elif [ "$again" = no ] && useless; then
            say "$container: $detail: it is started again"
            again=yes acted=yes
            release_dependents "$1" # they would lose it under way
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
        */check-fails) return 1 ;; # it serves, and Docker looks again soon
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
    acted=yes
    say "stopping $container; it has up to" \
        "$(docker inspect --format '{{.Config.StopTimeout}}' "$container") s to end what it does"
    if [ "$status" = paused ]; then
        docker unpause "$container" >/dev/null # frozen, it would never hear of it
    fi
    docker stop "$container" >/dev/null || die "docker stop $container failed, see above"
    echo "✓ $(docker inspect --format '{{slice .Id 0 12}}' "$container") stopped"
}
