#!/bin/sh
# As the official entrypoint does it, weak spots included: this shell's echo interprets
# backslashes, the file is world-readable, and a write that fails ends the container.
set -e
umask 0022

if [ "${KESTRA_CONFIGURATION}" ]; then
    echo "${KESTRA_CONFIGURATION}" > /app/confs/application.yml || exit 1
fi

exec /app/kestra "$@"
