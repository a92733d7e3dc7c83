# shellcheck shell=bash
# Managed by kestra-provision. Starts and stops the services of the compose file.
# shellcheck disable=SC2034  # released and acted are for those who call

. /opt/kestra/scripts/lib/health.sh
. /opt/kestra/scripts/lib/guard.sh

# life_of CONTAINER: its state, its first process and when that began, such as
# `running 4711 2026-…`; else Docker's complaint.
life_of() {
    docker inspect --type container \
        --format '{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}' "$1" 2>&1
}

# stop_signal CONTAINER: its number, SIGTERM's where its image names none.
stop_signal() {
    local name
    name=$(docker inspect --type container --format '{{.Config.StopSignal}}' "$1" 2>/dev/null)
    case ${name:=SIGTERM} in
        *[!0-9]*) kill -l "$name" 2>/dev/null || echo 15 ;;
        *) echo "$name" ;;
    esac
}

# hears PID SIGNAL: the kernel gives a signal to the first process of a container only when that
# handles or blocks it. True as well for one of which nothing can be told.
hears() {
    local key value name='' blocked='' caught=''
    while read -r key value _; do
        case $key in
            Name:) name=$value ;;
            SigBlk:) blocked=$value ;;
            SigCgt:) caught=$value ;;
        esac
    done <"/proc/$1/status"
    case $name in
        # It waits for signals, which then do not count as blocked; before that it starts its child.
        docker-init | tini)
            value=none
            [ ! -r "/proc/$1/task/$1/children" ] || read -r value _ <"/proc/$1/task/$1/children"
            [ -n "$value" ]
            ;;
        *) [ -z "$caught" ] || [ $(((16#$blocked | 16#$caught) >> ($2 - 1) & 1)) = 1 ] ;;
    esac
} 2>/dev/null

# ready_to_hear CONTAINER LIFE SIGNAL: waits for that, a few seconds at most, while it is the same
# life. Twice in a row, because a process of Docker's, which hears all, becomes the container's.
ready_to_hear() {
    local tries in_a_row=0 pid=${2#* }
    pid=${pid%% *}
    for ((tries = 0; tries < ${stop_tries:-50}; tries++)); do
        if hears "$pid" "$3"; then
            in_a_row=$((in_a_row + 1))
        else
            in_a_row=0
        fi
        [ "$in_a_row" -lt 2 ] || return 0
        sleep 0.1
        [ "$(life_of "$1")" = "$2" ] || return 1
    done
}

# stop_container CONTAINER SECONDS: until it has ended; Docker kills it after that time. Fails with
# Docker's words.
stop_container() {
    local life told='' told_at=0 call='' signal calls=0
    signal=$(stop_signal "$1")
    while :; do
        life=$(life_of "$1")
        case $life in
            paused*)
                docker unpause "$1" >/dev/null || return 1 # frozen, it would never hear of it
                continue
                ;;
            running* | restarting*) ;;
            exited* | created* | dead* | removing* | *[Nn]"o such "*) break ;;
            *)
                echo "$life" >&2
                return 1
                ;;
        esac
        if [ -n "$call" ] && ! kill -0 "$call" 2>/dev/null; then
            # What Docker calls stopped, and lives, was told between two lives.
            wait "$call" && [ "$calls" -lt 20 ] || return 1
            call='' told=''
        elif [ "$life" != "$told" ]; then
            [[ $life != running* ]] || ready_to_hear "$1" "$life" "$signal" || continue
            [ -z "$told" ] || echo "$1 was just being started: it is told to stop again" >&2
            docker stop -t "$2" "$1" >/dev/null &
            call=$! told=$life told_at=$SECONDS calls=$((calls + 1))
        elif [ $((SECONDS - told_at)) -lt 10 ]; then
            sleep 0.2
        else
            wait "$call" || return 1 # it has heard, and takes its time
        fi
    done
    wait
}

# meant FILE CONTAINER…: writes down which end of theirs was meant, so that the watch is silent.
meant() {
    local file=$1
    shift
    mkdir -p "${file%/*}" && docker inspect --format '{{.State.FinishedAt}}' "$@" >"$file"
} 2>/dev/null

# grace_of CONTAINER: seconds that it was made with.
grace_of() {
    local grace
    grace=$(docker inspect --type container --format '{{.Config.StopTimeout}}' "$1") || return 1
    grace=${grace//[!0-9]/}
    echo "${grace:-10}"
}

# restart_container CONTAINER: as docker restart, which loses a stop as well.
restart_container() {
    local grace
    grace=$(grace_of "$1") && stop_container "$1" "$grace" && docker start "$1" >/dev/null
}



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

# taken_for_ours: somebody else's container of a project with our name and a service with the name of
# one of ours; compose goes by these two alone, and would put ours in its place.
taken_for_ours() {
    local name mark service
    while IFS='|' read -r name mark service; do
        [ "$mark" = true ] || [ -z "$service" ] || [ -z "${containers[$service]-}" ] || echo "$name"
    done < <(docker ps -a --filter "label=com.docker.compose.project=$project" \
        --format "{{.Names}}|{{.Label \"$label\"}}|{{.Label \"com.docker.compose.service\"}}")
}

# start SERVICE, and wait until it answers.
start() {
    local names=("$1") lost other before
    lost=$(rules_trouble)
    [ -z "$lost" ] || die "$1 cannot be started: $lost"
    other=$(taken_for_ours | head -n 1)
    [ -z "$other" ] || die "$1 cannot be started: the container $other is not ours, and compose would" \
        "take it for ours, because its project is $project too; if nobody needs it: docker rm -f $other"
    inspect "$(container_of "$1")"
    before=$status/$began
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
    [ "$status/$began" = "$before" ] || acted=yes
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
        elif [ "$again" = no ] && is_useless "$1"; then
            say "$container: $detail: it is started again"
            again=yes acted=yes
            release_dependents "$1" # they would lose it under way
            ! let_tasks_end "$1" || restart_container "$(container_of "$1")"
        elif [ "$SECONDS" -ge "$said" ]; then
            say "waiting for $container, at most $((deadline - SECONDS)) s: $detail"
            said=$((SECONDS + 15))
        fi
        sleep 1
    done
    say "✓ $container: $detail"
}

# is_useless SERVICE: waiting will not help. It runs and failed Docker's checks, or it ends or has
# closed its ports as one that lost what it needs.
is_useless() {
    local patterns pattern
    if [ "$health" != degraded ] || [ "$state" = check-fails ]; then
        return 1 # one that serves is left alone, and Docker looks again soon
    fi
    [ "$check" != unhealthy ] || return 0
    read -ra patterns <<<"${useless[$1]-}"
    for pattern in ${patterns[@]+"${patterns[@]}"}; do
        # shellcheck disable=SC2053  # it is a pattern
        [[ $check/$state != $pattern ]] || return 0
    done
    return 1
}

# stop_for_good SERVICE: until a person starts it again, so the watch does not tell of it.
stop_for_good() {
    stop "$1"
    meant "${lock%.lock}.$1.stopped" "$(container_of "$1")" ||
        say "the watch will tell of it, because only root can write that this was meant"
}

# stop SERVICE with the grace period its container was made with.
stop() {
    local grace
    container=$(container_of "$1")
    inspect "$container"
    case $status in
        running | restarting | paused) ;;
        unknown) die "$container may run: $not_told" ;;
        *)
            echo "no container running ($container is $status)"
            return
            ;;
    esac
    let_tasks_end "$1" || true # it was started again meanwhile, and has none
    acted=yes
    grace=$(grace_of "$container")
    say "stopping $container; it has up to $grace s to end what it does"
    stop_container "$container" "$grace" || die "$container cannot be stopped, see above"
    echo "✓ $(docker inspect --format '{{slice .Id 0 12}}' "$container") stopped"
}
