#!/bin/sh
# Makes a minimal Debian and imports it as a Docker image; the tag appears only when all is there.
# Usage: bootstrap.sh SUITE MIRROR WORK TAG IMPORT-OPTION... < overlay.tar
# Leaves everything in WORK, which belongs to the caller.
set -eu
suite=$1 mirror=$2 work=$3 tag=$4
shift 4
root=$work/root

mkdir "$root" "$work/overlay"
tar -C "$work/overlay" -xf -

debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 1; }

cp -R "$work/overlay/." "$root/"
chroot "$root" update-ca-certificates >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
# A service must not start while packages are installed into an image.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cd "$root"
rm -rf var/lib/apt/lists/* var/cache/apt/*.bin var/cache/apt/archives/*.deb var/log/*.log
rm -rf usr/share/doc/*/changelog* usr/share/man/* usr/share/locale/*
: >etc/machine-id

tar --numeric-owner -cf "$work/root.tar" .
docker import "$@" "$work/root.tar" "$tag" >/dev/null
