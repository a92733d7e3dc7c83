# shellcheck shell=bash
# Managed by kestra-provision. Logs without secrets; needs common.sh and guard.sh.
# shellcheck disable=SC2016  # a program of awk

strike='
function strike(text, secret,    done, at) {
    done = ""
    while (at = index(text, secret)) {
        done = done substr(text, 1, at - 1) "*****"
        text = substr(text, at + length(secret))
    }
    return done text
}
!begun { if ($0 == "@@") begun = 1; else if ($0 != "") secrets[++n] = $0; next }
{ for (i = 1; i <= n; i++) $0 = strike($0, secrets[i]); print; fflush() }
'
shortest_secret=6
no_secrets='KESTRA_HTTP_PORT KESTRA_MANAGEMENT_PORT KESTRA_DB_HOST KESTRA_DB_PORT KESTRA_DB_NAME KESTRA_DB_USER KESTRA_BASICAUTH_USERNAME'


# need_secrets: a log whose secrets are not known is not shown.
need_secrets() {
    local trouble
    [ ! -e "$root/.env" ] || [ -r "$root/.env" ] ||
        die "$root/.env, whose secrets are struck out of the log, is root's alone: sudo $command_line"
    trouble=$(secrets_trouble)
    [ -z "$trouble" ] || die "$trouble"
}

# Why secrets cannot be told, for a user who may read .env; nothing when they can.
secrets_trouble() {
    local trouble
    if [ ! -e "$root/.env" ]; then
        echo "$root/.env is missing, so secrets cannot be struck out of the log; deploy again:" \
            "pyinfra inventory deploy.py"
        return
    fi
    trouble=$(env_trouble)
    [ -z "$trouble" ] || echo "secrets cannot be struck out of the log: $trouble"
}

# every_secret: every value of .env that is no setting of ours, one a line; as it stands in a
# configuration as well. And the secrets of flows, line by line, and in base64.
every_secret() {
    local key value forms
    for key in $(env_lines | sed -nE "s/$env_assignment.*/\2/p" | sort -u); do
        [[ " $no_secrets " != *" $key "* ]] || continue
        value=$(env_value "$key")
        forms=("$value")
        case $value in
            *[\"\\]*) forms+=("$(in_yaml "$value")") ;; # as a complaint about a configuration quotes it
        esac
        printf '%s\n' "${forms[@]}"
    done
    while IFS='=' read -r _ value; do
        printf '%s\n' "$value"
        base64 -d <<<"$value" && echo
    done < <(grep -s "^SECRET_" "$root/config/flow-secrets.env") 2>/dev/null
}

# secrets: those of them that are worth it, the longest first.
secrets() {
    local value
    every_secret | while IFS= read -r value; do
        [ ${#value} -lt "$shortest_secret" ] || printf '%d %s\n' ${#value} "$value"
    done | sort -rn | cut -d ' ' -f 2-
}

# without_secrets: what comes on stdin, line by line; the reason alone when secrets cannot be told.
# They take the same way as the text: they never stand in a command line.
without_secrets() {
    local options=() trouble
    trouble=$(secrets_trouble)
    if [ -n "$trouble" ]; then
        echo "left out: $trouble"
        cat >/dev/null
        return
    fi
    case $(readlink -f "$(command -v awk)") in
        */mawk) options=(-W interactive) ;; # it reads a block of lines at once otherwise
    esac
    { secrets && echo @@ && cat; } | awk ${options[@]+"${options[@]}"} "$strike"
}

# show_log ARGUMENT…: of docker logs, whose exit code it has.
show_log() {
    local ended
    docker logs "$@" 2>&1 | without_secrets
    ended=${PIPESTATUS[0]}
    return "$ended"
}
