#!/usr/bin/env bash
# Prepares an empty data directory as the official image does, then becomes the server.
set -Eeo pipefail

# The value of $1, or of the file that $1_FILE names, or $2; never both of the first two.
file_env() {
    local name=$1 file_name="${1}_FILE" value=${2:-}
    if [ "${!name:-}" ] && [ "${!file_name:-}" ]; then
        printf >&2 'error: both %s and %s are set (but are exclusive)\n' "$name" "$file_name"
        exit 1
    fi
    if [ "${!name:-}" ]; then value=${!name}; fi
    if [ "${!file_name:-}" ]; then value=$(<"${!file_name}"); fi
    export "$name"="$value"
    unset "$file_name"
}

setup_env() {
    file_env POSTGRES_PASSWORD
    file_env POSTGRES_USER postgres
    file_env POSTGRES_DB "$POSTGRES_USER"
    file_env POSTGRES_INITDB_ARGS
    : "${POSTGRES_HOST_AUTH_METHOD:=scram-sha-256}"
    unset initialized
    if [ -s "$PGDATA/PG_VERSION" ]; then initialized=1; fi
}

# What root has to arrange before it steps down; without root it is as the operator made it.
make_directories() {
    mkdir -p "$PGDATA" /var/run/postgresql || :
    chmod 00700 "$PGDATA" || :
    chmod 03775 /var/run/postgresql || :
    if [ "$(id -u)" = 0 ]; then
        find "$PGDATA" ! -user postgres -exec chown postgres '{}' +
        find /var/run/postgresql ! -user postgres -exec chown postgres '{}' +
    fi
}

refuse_without_password() {
    if [ -n "$POSTGRES_PASSWORD" ] || [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then return; fi
    cat >&2 <<-'END'
	Error: Database is uninitialized and superuser password is not specified.
	       You must specify POSTGRES_PASSWORD to a non-empty value for the
	       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

	       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
	       connections without a password. This is *not* recommended.
	END
    exit 1
}

init_cluster() {
    # printf is a builtin: the password is never an argument of a process.
    eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD")' \
        "$POSTGRES_INITDB_ARGS"
    printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
}

# Nobody but this script reaches the server while it is being prepared: no TCP.
temp_server() {
    case $1 in
    start) PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -w start \
        -o "-c listen_addresses='' -p ${PGPORT:-5432}" ;;
    stop) PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop ;;
    esac
}

process_sql() {
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password \
        --username "$POSTGRES_USER" --dbname "${target:-postgres}" "$@"
}

setup_db() {
    local found
    found=$(process_sql --tuples-only --set db="$POSTGRES_DB" \
        <<<"SELECT 1 FROM pg_database WHERE datname = :'db';")
    if [ -z "$found" ]; then process_sql --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'; fi
}

process_init_files() {
    local file target=$POSTGRES_DB
    for file; do
        case $file in
        *.sh | *.sql | *.sql.gz | *.sql.xz | *.sql.zst) printf '%s: running %s\n' "$0" "$file" ;;
        *) printf '%s: ignoring %s\n' "$0" "$file" ;;
        esac
        case $file in
        *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
        *.sql) process_sql -f "$file" ;;
        *.sql.gz) gunzip -c "$file" | process_sql ;;
        *.sql.xz) xzcat "$file" | process_sql ;;
        *.sql.zst) zstd -dc "$file" | process_sql ;;
        esac
    done
}

main() {
    if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
    if [ "$1" = postgres ]; then
        case " $* " in *" --help "* | *" --version "* | *" -V "* | *" -? "*) exec "$@" ;; esac
        setup_env
        make_directories
        if [ "$(id -u)" = 0 ]; then
            exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
        fi
        if [ -z "${initialized:-}" ]; then
            refuse_without_password
            # Fails here, before initdb, when the folder cannot be read.
            ls /docker-entrypoint-initdb.d/ >/dev/null
            init_cluster
            export PGPASSWORD=$POSTGRES_PASSWORD
            temp_server start
            setup_db
            process_init_files /docker-entrypoint-initdb.d/*
            temp_server stop
            unset PGPASSWORD
            printf '\nPostgreSQL init process complete; ready for start up.\n\n'
        else
            printf '\nPostgreSQL Database directory appears to contain a database; '
            printf 'Skipping initialization\n\n'
        fi
    fi
    exec "$@"
}

shopt -s nullglob
main "$@"
