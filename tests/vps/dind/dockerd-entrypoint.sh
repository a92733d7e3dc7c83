#!/bin/sh
# As the official image's with `dockerd` as its first word: no port, nothing but what it is told.
set -eu
[ "$1" = dockerd ] || exec "$@"
find /run -iname 'docker*.pid' -delete 2>/dev/null || :
export XDG_RUNTIME_DIR="/run/user/$(id -u)"
mkdir -p "$XDG_RUNTIME_DIR"
exec rootlesskit --net="$DOCKERD_ROOTLESS_ROOTLESSKIT_NET" --mtu=1500 --disable-host-loopback \
    --port-driver=builtin --copy-up=/etc --copy-up=/run "$@"
