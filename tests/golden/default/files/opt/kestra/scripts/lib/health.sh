# shellcheck shell=bash
# Managed by kestra-provision. How the services are: looked at from outside, as a user of theirs sees them.
# shellcheck disable=SC2034,SC2154  # pid and memory_limit are for those who ask; lists of common.sh


probe_timeout=10

# look SERVICE: sets container, health (healthy, degraded, down), state, detail, restarts, pid,
# age, memory_limit, and version where the service tells it. The detail names what it needs and was
# found in trouble: look at that first.
look() {
    container=$(container_of "$1")
    inspect "$container"
    begun[$1]=$began
    because=$(in_trouble "$1")
    health=down detail='' state=$status version=''
    if [ "$owner" = stranger ]; then
        # It is asked nothing, and gets no password of ours.
        state=stranger states[$1]=stranger
        detail="another container has its name: docker rename $container $container-old"
        return
    fi
    case $status in
        unknown) detail="Docker does not tell" ;;
        missing) detail="the container does not exist" ;;
        paused) state=frozen detail="the container is frozen: docker unpause $container" ;;
        restarting) coming_back ;;
        running) running "$1" ;;
        *) state=stopped detail="the container is $status, exit code $code$out_of_memory" ;;
    esac
    states[$1]=$state
}

# in_trouble SERVICE: says which of its needs was found not running.
in_trouble() {
    local need
    for need in ${needs[$1]-}; do
        [ "${states[$need]-running}" = running ] || {
            printf '; %s is %s' "${titles[$need]}" "${states[$need]}"
            return
        }
    done
}

# inspect CONTAINER: what Docker knows of it, without its environment; its owner is us, nobody or a
# stranger, which also another stack of ours is.
inspect() {
    local line oom mark
    status=missing owner=nobody
    if [ -n "${trouble:-}" ]; then
        status=unknown
    fi
    line=$(line_of "$1") || {
        [ $? = 1 ] || status=unknown
        line="$status||0|0|false||0|0|||"
    }
    IFS='|' read -r status check restarts code oom began pid memory_limit mark \
        log_file bindings <<<"$line"
    case $mark in
        '') ;;
        "true/$project") owner=us ;;
        *) owner=stranger ;;
    esac
    out_of_memory=''
    if [ "$oom" = true ]; then
        out_of_memory=", out of memory"
    fi
    age=0
    if [ -n "$began" ]; then
        age=$(($(date +%s) - $(date -d "$began" +%s)))
    fi
    return 0
}

# line_of CONTAINER: what Docker tells of it; fails with 1 for one that it does not know, and with 2
# where it does not tell.
line_of() {
    local why
    { why=$(timeout 20 docker inspect --type container --format "$service_format" "$1" 2>&1 >&4 4>&-); } 4>&1
    case $?/$why in
        0/*) return 0 ;;
        *[Nn]"o such "*) return 1 ;;
    esac
    return 2
}

# logged TEXT…: of the log of $container since its start the lines with one of these texts, without
# colours, each after the time that Docker wrote it down.
logged() {
    local text texts=()
    for text; do
        texts+=(-e "$text")
    done
    if [[ $log_file == *-json.log ]] && [ -r "$log_file" ]; then
        # The file goes on when the container is started again.
        grep -ahsF "${texts[@]}" "$log_file".[1-9] "$log_file" |
            sed -E 's/^\{"log":"(.*)","stream":.*"time":"([^"]*)"\}$/\2 \1/
                s/\\[rn]//g; s/\\u001b/\x1b/g' | awk -v began="$began" '$1 >= began'
    else
        timeout 20 docker logs --timestamps --since "$began" "$container" 2>&1 | grep -aF "${texts[@]}"
    fi | sed 's/\x1b\[[0-9;]*m//g'
}

# started_later SERVICE TIME: which of its needs that run was started after this time, and when; not
# one that it finds again by itself. One that was started in the future was not: somebody has set the
# clock back.
started_later() {
    local need
    for need in ${held[$1]-}; do
        if [ "${states[$need]-}" = running ] && [[ ${begun[$need]-} > $2 ]] &&
            [[ ${begun[$need]} < $(date -u +%Y-%m-%dT%H:%M:%S.999Z) ]]; then
            printf '%s was started at %s UTC\n' "${titles[$need]}" "$(clock "${begun[$need]}")"
            return
        fi
    done
    return 1
}

# clock TIME: the time of the day, in seconds.
clock() {
    printf '%s\n' "${1:11:8}"
}

# published PORT: the host's port for one of the container's.
published() {
    [[ $bindings =~ \"$1/tcp\":\[[^]]*\"HostPort\":\"([0-9]+)\" ]] && echo "${BASH_REMATCH[1]}"
}

# reach SERVICE PORT: sets address and port, where the host has one of the container's. The
# container tells: run.sh may have moved it for once. Fails for one that the host does not have.
reach() {
    local entry service inside
    for entry in "${ports[@]}"; do
        IFS='|' read -r service inside _ address port _ <<<"$entry"
        if [ "$service/$inside" = "$1/$2" ]; then
            port=$(published "$2" || echo "$port")
            return
        fi
    done
    address='' port=''
    return 1
}

# ui: where the UI is for this host: at the address of the inventory, or where the container listens
# now, which may be another port than was declared.
ui() {
    local address port
    if [ -n "$url" ]; then
        echo "$url"
        return
    fi
    inspect "$(container_of "$main")"
    reach "$main" "$ui_port" || return
    case $address in
        127.0.0.1 | ::1) address=localhost ;;
        *:*) address="[$address]" ;;
    esac
    echo "http://$address:$port/"
}

coming_back() {
    if [ "$restarts" -ge "$restart_loop" ]; then
        state=restart-loop
    fi
    detail="restarted $restarts times, exit code $code$out_of_memory: docker logs $container"
}

# running SERVICE: whether it answers.
running() {
    if answers_"$1"; then
        if [ "$check" = unhealthy ]; then
            health=degraded state=check-fails detail+=", and Docker's check of it fails"
        else
            health=healthy
        fi
    elif [ "$restarts" -ge "$restart_loop" ] && [ "$age" -lt "$just_started" ]; then
        coming_back
    elif [ "$check" = starting ] && [ "$age" -lt "$health_timeout" ] &&
        [ -z "$because" ] && [[ " ${useless[$1]-} " != *" */$state "* ]]; then
        health=degraded detail="started $age s ago, $state so far" state=starting
    else
        health=degraded
    fi
}

# probe ADDRESS PORT PATH: sets answer to an HTTP status, closed or hangs. No curl is needed.
probe() {
    local line ended=0
    # shellcheck disable=SC2016  # arguments of that bash
    line=$(timeout "$probe_timeout" bash --norc -c '
        exec 3<>"/dev/tcp/$1/$2" || exit 7
        printf "GET %s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n" "$3" >&3
        IFS= read -r line <&3 && echo "$line"' probe "$@" 2>/dev/null) || ended=$?
    line=${line#HTTP/* }
    case $ended/$line in
        124/*) answer=hangs ;;
        0/[1-5][0-9][0-9]*) answer=${line:0:3} ;;
        *) answer=closed ;;
    esac
}

# page ADDRESS PORT PATH: what the answer says, its head too.
page() {
    # shellcheck disable=SC2016  # arguments of that bash
    timeout "$probe_timeout" bash -c '
        exec 3<>"/dev/tcp/$1/$2" || exit
        printf "GET %s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n" "$3" >&3
        cat <&3' page "$@" 2>/dev/null
}

# let_tasks_end SERVICE: of one that shuts down by itself, for as long as it would wait itself: a
# signal ends them at once. One that does not is told to stop, and waits then. Fails for one that was
# started again meanwhile.
let_tasks_end() {
    local end=$((SECONDS + tasks_grace)) first=''
    declare -F last_tasks_"$1" >/dev/null || return 0
    container=$(container_of "$1")
    while inspect "$container" && [ "$status" = running ] && [ "$owner" = us ] &&
        [ "$began" = "${first:=$began}" ] && [ "$(last_tasks_"$1")" != 0 ] &&
        [ "$SECONDS" -lt "$end" ]; do
        sleep 2
    done
    [ -z "$first" ] || [ "$began" = "$first" ]
}

# memory_of PID: bytes, less the file cache that can go, as docker stats counts when it can.
memory_of() {
    local path folder used cache
    path=$(sed -n 's/^[0-9]*:memory://p' "/proc/$1/cgroup" 2>/dev/null)
    folder=/sys/fs/cgroup/memory$path used=memory.usage_in_bytes cache=total_inactive_file
    if [ -z "$path" ]; then
        path=$(sed -n 's/^0:://p' "/proc/$1/cgroup" 2>/dev/null)
        folder=/sys/fs/cgroup$path used=memory.current cache=inactive_file
    fi
    [ "$1" != 0 ] && [ -r "$folder/$used" ] || return
    awk -v "name=$cache" 'FNR == NR {used = $1; next} $1 == name {cache = $2}
        END {if (used != "") printf "%d", used - cache}' \
        "$folder/$used" "$folder/memory.stat" 2>/dev/null
}


answers_postgres() {
    # With the role named: without it PostgreSQL logs an error for each question. Its version in the
    # same breath: to enter a container costs more than either.
    # shellcheck disable=SC2016  # the container's variables
    local ask='pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"
        ready=$?
        postgres --version
        exit $ready'
    if version=$(timeout "$probe_timeout" docker exec "$container" sh -c "$ask" 2>/dev/null); then
        detail="accepts connections"
        return
    fi
    state=not-answering detail="the container is Up and accepts no connections"
    return 1
}

# login_postgres USER DATABASE SECRET: with the value that .env has for that name. It sets state
# (running, password-refused, no-role, no-database, not-owner or no-login), detail, and way_out for
# a person at the host.
login_postgres() {
    local said name again="; deploy again: pyinfra inventory deploy.py"
    name=$(container_of postgres)
    state=running detail="$1 logs in" way_out=''
    # Over the network of the stack: inside its container PostgreSQL trusts everybody. The password
    # goes through stdin, never through a command line.
    # shellcheck disable=SC2016  # variables of that sh
    said=$(env_value "$3" | timeout 20 docker exec -i "$name" sh -c '
        IFS= read -r PGPASSWORD
        export PGPASSWORD PGCONNECT_TIMEOUT=5
        exec psql -h "$1" -U "$2" -d "$3" -qtAc "select pg_get_userbyid(datdba) = current_user
            from pg_database where datname = current_database()"' login "$name" "$1" "$2" 2>&1)
    case $said in
        t | *$'\n't) return ;;
        f | *$'\n'f | *"permission denied for database"*)
            # Nobody but its owner is let in.
            state=not-owner detail="database $2 belongs to another role than $1" way_out=$again
            ;;
        *"password authentication failed"* | *"not permitted to log in"*)
            # The server says the first of a role that it does not have, too.
            case $(may_log_in "$name" "$1") in
                '' | f)
                    state=no-role detail="PostgreSQL has no role $1 that may log in" way_out=$again
                    return 1
                    ;;
            esac
            state=password-refused
            detail="PostgreSQL refuses the $3 of $root/.env for $1"
            way_out=". Put the old value back, or set the new one:"
            way_out+=" docker exec -it $name psql -U $1 -d $2 -c '\password'"
            ;;
        *"database \"$2\" does not exist"*)
            state=no-database detail="PostgreSQL has no database $2" way_out=$again
            ;;
        *)
            state=no-login detail="no login to PostgreSQL as $1: $said" way_out=$again
            ;;
    esac
    return 1
}

# may_log_in CONTAINER ROLE: t or f, nothing for no such role, ? where nobody tells; asked as the
# server's own role.
may_log_in() {
    # shellcheck disable=SC2016  # the container's variables
    timeout 20 docker exec -i "$1" sh -c 'exec psql -U "$POSTGRES_USER" -d postgres -qtAX -v role="$1"' \
        ask "$2" <<<"select rolcanlogin from pg_roles where rolname = :'role'" 2>&1 || echo '?'
}


# Both of its ports, because a Kestra that lost its database closes them and goes on as "Up".
answers_kestra() {
    local ui management at_ui asked more
    reach kestra 8080
    ui=$port
    # Beside the other one: a Kestra that hangs does so at both.
    exec {asked}< <(probe "$address" "$ui" /ping && echo "$answer")
    reach kestra 8081
    management=$port
    probe "$address" "$management" /health
    read -r at_ui <&"$asked"
    exec {asked}<&-
    case $at_ui/$answer in
        [1-5][0-9][0-9]/200)
            detail="/health answers 200"
            ! serves_kestra || return 0
            detail+=", and $more$because"
            ;;
        */200) state=ui-closed detail="port $management answers, $ui is closed" ;;
        */404) state=health-missing detail="/health on port $management answers 404" ;;
        */401) state=health-locked detail="/health on port $management wants a password" ;;
        */[1-5][0-9][0-9]) state=unhealthy detail="/health answers $answer$because" ;;
        */hangs)
            state=not-answering
            detail="the container is Up, /health gives no answer in $probe_timeout s$because"
            ;;
        closed/*)
            state='ports-closed'
            detail="the container is Up, its ports $ui and $management are closed"
            ;;
        *) state=management-closed detail="port $ui answers, $management is closed" ;;
    esac
    if [[ $state == *-closed ]]; then
        ! closed_kestra || detail+=", and $more"
        detail+=$because
    fi
    return 1
}

# serves_kestra: of one that answers. Its pollers of the database's queues end for good when a
# connection breaks, and then it shuts down: for minutes it answers as ever and starts no execution.
# Sets state and more, what there is to say.
serves_kestra() {
    local ready ending later
    read -r ready ending _ < <(life_of_kestra)
    if later=$(started_later kestra "$began"); then
        # Docker starts all at once after a boot: a database that was there when Kestra came to need
        # it is no later one.
        [ "$ready" != - ] || ready=$(date -u -d "$began + $health_timeout seconds" +%Y-%m-%dT%H:%M:%SZ)
        later=$(started_later kestra "$ready")
    fi
    if [ "$ending" != - ]; then
        state=shutting-down more="it is shutting down by itself since $(clock "$ending") UTC"
    elif [ -n "$later" ]; then
        state=stale more="it is older than what it needs"
    else
        return 0
    fi
    [ -z "$later" ] || more+="; $later, under it"
    return 1
}

# closed_kestra: of one with closed ports, why: it closes one after the other, or its start has failed
# and its process stays. One that is about to exit has a moment for it.
closed_kestra() {
    local ending failed
    read -r _ ending failed < <(life_of_kestra)
    if [ "$ending" != - ]; then
        [ "$state" = 'ports-closed' ] || state=shutting-down
        more="it is shutting down by itself since $(clock "$ending") UTC"
    elif [ "$failed" != - ] && [ $(($(date +%s) - $(date -d "$failed" +%s))) -ge "$just_failed" ]; then
        state=stuck more="its start failed at $(clock "$failed") UTC"
    else
        return 1
    fi
}

# last_tasks_kestra: how many are under way in one that shuts down by itself.
last_tasks_kestra() {
    local ending tasks=''
    read -r _ ending _ < <(life_of_kestra)
    if [ "$ending" != - ] && reach kestra 8081; then
        tasks=$(page "$address" "$port" /worker | grep -oE '"runningCount":[0-9]+')
    fi
    echo "$((${tasks##*:}))"
}

# life_of_kestra: by its log, when it was ready, when it began to end by itself and not because it
# was told to, and when its start failed; - for never. What a task prints has another logger. Of a
# log in JSON, which Docker may quote once more, the same words are made: thread, logger, message.
life_of_kestra() {
    logged 'Health endpoint is available' 'Shutdown initiated' 'Initiating shutdown.' \
        'Shutting down.' 'Exception in thread' 'Error starting' | awk '
        function field(line, name) {
            if (!sub(".*\"" name "\": *\"", "", line)) return "-"
            sub(/".*/, "", line)
            return line
        }
        function from_json(line) {
            if (line ~ /^[^ ]+ \{\\"/) {
                gsub(/\\\\\\"/, "", line)
                gsub(/\\"/, "\"", line)
            } else gsub(/\\"/, "", line)
            rest = field(line, "process.thread.name")
            gsub(/ /, "_", rest)
            rest = rest " " field(line, "log.logger") " " field(line, "message")
        }
        BEGIN {ready = ending = failed = "-"}
        /^[^ ]+ Exception in thread [\\]?"main[\\]?"/ {failed = $1}
        {
            rest = $0
            if ($2 ~ /^\{[\\]?"@timestamp/) from_json($0)
            else if (!sub(/^[^ ]+ +([0-9-]+ +)?[0-9:.,]+ +[A-Z]+ +/, "", rest)) next
            split(rest, word, / +/)
            context = word[2] ~ /KestraContext$/
            if (context && word[1] == "command-shutdown") told = 1
            queue = word[2] ~ /JdbcQueue$|ThreadUncaughtExceptionHandler$/
            if (!told && ending == "-" && (context || queue)) ending = $1
            if (rest ~ /^[^ ]+ +[^ ]+ +Health endpoint is available/) ready = $1
            if (rest ~ /^[^ ]+ +[^ ]+ +Error starting/) failed = $1
        }
        END {print ready, ending, failed}'
}
