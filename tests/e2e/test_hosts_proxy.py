"""A server that reaches its mirror through an HTTP proxy only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Site, changed
from tests.vps import forward_proxy

#: A server behind a proxy, which few have.
pytestmark = pytest.mark.long

_PROXY = "http://127.0.0.1:3128"
_SEEN = "/root/proxied"
_APT = "/etc/apt/apt.conf.d/95kestra-provision-proxy"
_EXCEPTIONS = ["mirror.example.com", "10.0.0.0/8"]


@pytest.fixture(scope="module")
def site(new_site: Callable[..., Site]) -> Site:
    """Bare, so that everything has to come through the proxy on its loopback."""
    made = new_site("hs-proxy")
    source = Path(forward_proxy.__file__).read_text()
    made.vps.run("apt-get -qq update && apt-get -qq install -y python3")
    made.vps.run("cat > /root/forward_proxy.py", stdin=source)
    made.vps.run(
        f"systemd-run -q python3 /root/forward_proxy.py 3128 {_SEEN}; "
        "until ss -Hltn | grep -q 127.0.0.1:3128; do sleep 0.1; done"
    )
    made.vps.run("rm -rf /var/lib/apt/lists/*")
    made.data.update(http_proxy=_PROXY, no_proxy=_EXCEPTIONS)
    made.declare()
    done = made.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def _daemon_json(site: Site) -> dict[str, object]:
    found: dict[str, object] = json.loads(site.vps.run("cat /etc/docker/daemon.json").stdout)
    return found


def test_packages_came_through_the_proxy(site: Site) -> None:
    requests = site.vps.run(f"cat {_SEEN}").stdout.splitlines()
    assert len(requests) > 5, requests
    assert all(line.startswith(("GET ", "CONNECT ")) for line in requests)


def test_docker_pulls_through_the_proxy(site: Site) -> None:
    """No registry needs to answer: the question is who asks for it."""
    form = "{{.HTTPProxy}} {{.HTTPSProxy}} {{.NoProxy}}"
    shown = site.vps.run(f"docker info --format '{form}'").stdout.split()
    assert shown == [_PROXY, _PROXY, ",".join(_EXCEPTIONS)]
    site.vps.run("timeout 30 docker pull registry.example.invalid/nothing:1", check=False)
    assert "CONNECT registry.example.invalid:443" in site.vps.run(f"cat {_SEEN}").stdout


def test_exceptions_of_apt_are_hosts(site: Site) -> None:
    text = site.vps.run(f"cat {_APT}").stdout
    assert 'Acquire::http::Proxy::mirror.example.com "DIRECT";' in text
    assert "10.0.0.0" not in text


def test_second_run_changes_nothing(site: Site) -> None:
    done = site.deploy()
    assert done.returncode == 0, done.stderr
    assert changed(done) == 0
    assert site.plan() == []


@pytest.mark.parametrize(
    ("operation", "by_hand", "proof"),
    [
        ("docker | proxy of apt", f"echo '// more' >> {_APT}", f"! grep -q more {_APT}"),
        ("docker | proxy of apt", f"chmod 600 {_APT}", f"[ $(stat -c %a {_APT}) = 644 ]"),
        (
            "docker | daemon.json with log rotation and live-restore",
            "sed -i s/3128/3129/ /etc/docker/daemon.json",
            "! grep -q 3129 /etc/docker/daemon.json",
        ),
    ],
    ids=["line added", "mode", "daemon.json edited"],
)
def test_drift_is_seen_and_repaired(site: Site, operation: str, by_hand: str, proof: str) -> None:
    site.vps.run(f"systemctl reset-failed docker; {by_hand}")
    assert operation in site.plan()
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.vps.run(proof, check=False).returncode == 0
    assert site.plan() == []


def test_without_the_setting_only_ours_is_removed(site: Site) -> None:
    """Runs last."""
    other = "/etc/apt/apt.conf.d/96other"
    site.vps.run(f"echo '// of somebody else' > {other}")
    for name in ("http_proxy", "no_proxy"):
        del site.data[name]
    site.declare()
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.vps.run(f"ls {_APT}", check=False).returncode != 0
    assert site.vps.run(f"cat {other}").stdout == "// of somebody else\n"
    assert "proxies" not in _daemon_json(site)
    assert "labels" not in _daemon_json(site)
    assert site.vps.run("docker info --format '{{.HTTPProxy}}'").stdout == "\n"
    assert site.plan() == []
