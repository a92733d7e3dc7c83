"""Docker's apt repository and packages as somebody changes them, and one that disturbs dpkg."""

from __future__ import annotations

from typing import NamedTuple

SOURCE = "/etc/apt/sources.list.d/docker.sources"
KEYRING = "/etc/apt/keyrings/docker.asc"
DECLARED = "docker | Docker's apt repository with its verified key"
INSTALLED = "docker | packages of Docker (a minute on a fresh host)"


class Drift(NamedTuple):
    """A change by hand, the operation that must see and repair it, and the proof."""

    operation: str
    by_hand: str
    proof: str


WALK = {
    "source trusts unsigned packages": Drift(
        DECLARED, f"echo 'Allow-Insecure: yes' >> {SOURCE}", f"! grep Insecure {SOURCE}"
    ),
    "source removed": Drift(DECLARED, f"rm {SOURCE}", f"test -s {SOURCE}"),
    "source writable for others": Drift(
        DECLARED, f"chmod 666 {SOURCE}", f"[ $(stat -c %a {SOURCE}) = 644 ]"
    ),
    "keyring replaced": Drift(
        DECLARED,
        f"cp /srv/docker-repository/debian/stranger {KEYRING}",
        f"cmp /srv/docker-repository/debian/gpg {KEYRING}",
    ),
    "second key beside ours": Drift(
        DECLARED,
        f"cat /srv/docker-repository/debian/stranger >> {KEYRING}",
        f"cmp /srv/docker-repository/debian/gpg {KEYRING}",
    ),
    "compose removed": Drift(
        INSTALLED, "apt-get -qq remove -y docker-compose-plugin", "docker compose version"
    ),
    "engine removed": Drift(
        INSTALLED,
        "apt-get -qq remove -y docker-ce docker-ce-cli",
        "docker inspect tools-kestra",
    ),
}
#: A package whose configuration ends as the script says.
PACKAGE = """
d=$(mktemp -d)
mkdir -m 755 $d/DEBIAN
cat >$d/DEBIAN/control <<'END'
Package: disturbed
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.com>
Description: stands for any package of somebody else
END
cat >$d/DEBIAN/postinst
chmod 755 $d $d/DEBIAN/postinst
dpkg-deb -b $d /root/disturbed.deb
dpkg -i /root/disturbed.deb
"""
