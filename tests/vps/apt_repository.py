"""A small signed apt repository on a VPS's own loopback, in place of download.docker.com.

Debian's packages of Docker, repacked under the names Docker gives its own: what they install
and how apt treats them is real, whose they are is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.vps.machine import Vps

_PORT = 8098
_ROOT = "/srv/docker-repository"
#: Two releases of the engine with the same content, so that a version can be declared.
VERSIONS = ("26.1.4", "26.1.5")


@dataclass(frozen=True)
class AptRepository:
    """Where it answers on the VPS, as the settings want it, and whose key signs it.

    + stranger: path on the VPS of the armored key of somebody else
    """

    url: str
    fingerprint: str
    stranger: str

    @property
    def data(self) -> dict[str, str]:
        """What an inventory says of it."""
        return {
            "docker_source": "docker",
            "docker_repository": self.url,
            "docker_repository_fingerprint": self.fingerprint,
        }


def serve(vps: Vps, codename: str = "trixie") -> AptRepository:
    """Builds the repository on the VPS and serves it until that goes down.

    gpg goes away again: a bare host has none.
    """
    output = vps.run(f"sh -s {codename} {' '.join(VERSIONS)}", stdin=_BUILD).stdout
    vps.run(
        "systemd-run --unit=docker-repository --quiet python3 -m http.server "
        f"--bind 127.0.0.1 --directory {_ROOT} {_PORT} && "
        f"until ss -Hltn | grep -q 127.0.0.1:{_PORT}; do sleep 0.1; done"
    )
    return AptRepository(
        f"http://127.0.0.1:{_PORT}", output.split()[-1], f"{_ROOT}/debian/stranger"
    )


_BUILD = f"""
set -eu
codename=$1; shift
root={_ROOT}/debian; pool=$root/pool; dist=$root/dists/$codename; work=$(mktemp -d -p /var/tmp)
mkdir -p $pool $dist/stable/binary-$(dpkg --print-architecture); chmod 755 $work
export DEBIAN_FRONTEND=noninteractive GNUPGHOME=$work/gnupg
exec 3>&1 >/dev/null
apt-get -qq update
apt-get -qq install -y --no-install-recommends gpg gpg-agent python3
cd $work
for package in docker.io docker-cli docker-compose containerd runc; do
    apt-get -qq download $package
    dpkg-deb -R ${{package}}_*.deb $package
done
cp -a runc/usr containerd/

# repack FOLDER NAME VERSION DEPENDS CONFLICTS
repack() {{
    {{
        echo "Package: $2"; echo "Version: $3"; echo "Depends: $4"
        [ -z "$5" ] || {{ echo "Conflicts: $5"; echo "Replaces: $5"; }}
        grep -E '^(Architecture|Maintainer|Installed-Size|Description):' $1/DEBIAN/control
    }} >control
    cp $1/DEBIAN/control control.old
    cp control $1/DEBIAN/control
    dpkg-deb -Zgzip -z1 --root-owner-group -b $1 "$pool/$2_${{3#*:}}.deb"
    cp control.old $1/DEBIAN/control
}}
revision=1~debian.13~$codename
for version in "$@"; do
    repack docker.io docker-ce "5:$version-$revision" \\
        "containerd.io (>= 1.6), docker-ce-cli, iptables, libsystemd0, tini" "docker.io"
    repack docker-cli docker-ce-cli "5:$version-$revision" "libc6" "docker-cli, docker.io"
done
repack containerd containerd.io "1.7.24-$revision" "libc6, libseccomp2" "containerd, runc"
repack docker-compose docker-compose-plugin "2.26.1-$revision" "docker-ce-cli" "docker-compose"

cd $root
for deb in pool/*.deb; do
    dpkg-deb -f $deb
    echo "Filename: $deb"
    echo "Size: $(stat -c %s $deb)"
    echo "SHA256: $(sha256sum $deb | cut -d' ' -f1)"
    echo
done >$dist/stable/binary-$(dpkg --print-architecture)/Packages
cd $dist
{{
    echo "Origin: Docker"; echo "Label: Docker CE"; echo "Suite: $codename"
    echo "Codename: $codename"; echo "Date: $(LC_ALL=C date -Ru)"
    echo "Architectures: $(dpkg --print-architecture)"; echo "Components: stable"; echo "SHA256:"
    for file in stable/binary-*/Packages; do
        echo " $(sha256sum $file | cut -d' ' -f1) $(stat -c %s $file) $file"
    done
}} >Release
mkdir -m 700 $GNUPGHOME
for who in docker stranger; do
    gpg -q --batch --passphrase '' --quick-generate-key $who@example.com rsa3072 sign never
done
gpg -q --batch --local-user docker@example.com --clearsign -o InRelease Release
gpg -q --armor --export docker@example.com >$root/gpg
gpg -q --armor --export stranger@example.com >$root/stranger
gpg --with-colons --list-keys docker@example.com | sed -n '/^fpr/{{s/fpr:*//;s/:.*//;p;q}}' >&3
gpgconf --kill all || true
rm -rf $work
apt-get -qq purge -y --autoremove gpg gpg-agent
"""
