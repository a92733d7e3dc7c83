"""Images from a registry that wants a login: a real one, on the server's own loopback."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.e2e.conftest import Site, changed
from tests.vps import arguments
from tests.vps.archive import TestImages

#: A registry of its own, which few have.
pytestmark = pytest.mark.long

_REGISTRY = "127.0.0.1:5000"
_USER = "puller"
_PASSWORD = "Canary8registry-Ns4kTq7w"
_CONFIG = f"""\
version: 0.1
storage: {{filesystem: {{rootdirectory: /var/lib/docker-registry}}}}
http: {{addr: {_REGISTRY}}}
auth: {{htpasswd: {{realm: test, path: /etc/docker/registry/htpasswd}}}}
"""
_SERVE = (
    "apt-get -qq update && DEBIAN_FRONTEND=noninteractive "
    "apt-get -qq install -y --no-install-recommends docker-registry apache2-utils >&2 "
    "&& cat > /etc/docker/registry/config.yml "
    f"&& htpasswd -Bbc /etc/docker/registry/htpasswd {_USER} {_PASSWORD} "
    f"&& htpasswd -Bb /etc/docker/registry/htpasswd other {_PASSWORD} "
    "&& chmod 644 /etc/docker/registry/htpasswd && systemctl restart docker-registry"
)
_FORGET = "rm -rf /root/.docker"


def _there(reference: str) -> str:
    """The image's name in the registry."""
    return f"{_REGISTRY}/{reference.removeprefix('docker.io/')}"


@pytest.fixture(scope="module")
def site(new_site: Callable[..., Site], images: TestImages) -> Site:
    """A server whose registry has both images, while its Docker has none and no login."""
    made = new_site("hs-registry", docker=True)
    run = made.vps.run
    run(_SERVE, stdin=_CONFIG)
    with images.archive.open("rb") as archive:
        load = ["docker", "exec", "--interactive", made.vps.name, "docker", "load", "-q"]
        subprocess.run(load, stdin=archive, check=True, capture_output=True)
    run(f"docker login -u {_USER} --password-stdin {_REGISTRY}", stdin=_PASSWORD)
    for reference in (images.kestra, images.postgres):
        there = _there(reference)
        run(f"docker tag {reference} {there} && docker push -q {there}")
    run(f"docker rmi -f $(docker images -q); {_FORGET}")
    for name in ("image_archive", "image_archive_sha256"):
        del made.data[name]
    made.data.update(
        image_source="registry",
        registry=_REGISTRY,
        registry_username=_USER,
        kestra_image=_there(images.kestra),
        postgres_image=_there(images.postgres),
    )
    made.declare()
    arguments.record(made.vps)
    return made


def _deploy(site: Site, password: str | None = None, **options: Any) -> CompletedProcess[str]:
    """A deploy at its noisiest, in which the password is not to be seen."""
    env = {"KESTRA_REGISTRY_PASSWORD": password} if password else {}
    done = site.deploy("-vvv", "--diff", "--debug", env=env, **options)
    started = arguments.recorded(site.vps)
    assert "/docker " in started, "they were recorded"
    seen = done.stdout + done.stderr + started
    encoded = base64.b64encode(f"{_USER}:{_PASSWORD}".encode()).decode()
    for secret in (password or _PASSWORD, _PASSWORD, encoded):
        assert (secret in seen) is False, "the password is seen"
    return done


def _login(site: Site) -> str:
    return site.vps.run("cat /root/.docker/config.json", check=False).stdout


def _remove_kestra(site: Site) -> None:
    site.vps.run(f"docker rm -f tools-kestra && docker rmi -f {site.data['kestra_image']}")


def test_missing_password_is_named(site: Site) -> None:
    done = _deploy(site)
    assert done.returncode == 1
    assert f"{_REGISTRY} wants a login and the host has none for {_USER}" in done.stderr
    assert "put KESTRA_REGISTRY_PASSWORD into .env" in done.stderr


def test_wrong_password_is_said_and_not_shown(site: Site) -> None:
    done = _deploy(site, "Wrong9-But-Long-Enough")
    assert done.returncode == 1
    assert f"{_REGISTRY} refuses {_USER} with KESTRA_REGISTRY_PASSWORD" in done.stderr
    assert "401" in done.stderr
    assert _login(site) == ""


def test_images_are_pulled_with_the_login(site: Site) -> None:
    done = _deploy(site, _PASSWORD)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"logging in to {_REGISTRY} as {_USER}" in done.stderr
    assert "  healthy  " in done.stderr
    # The pattern on stdin: in grep's own arguments it would be recorded.
    look = "grep -rlsF -f - /opt /etc /root /home /tmp /var/log || true"
    found = site.vps.run(look, stdin=_PASSWORD)
    assert found.stdout == "", "it has no home in clear text"


def test_second_run_needs_no_password(site: Site) -> None:
    done = _deploy(site)
    assert done.returncode == 0, done.stderr
    assert changed(done) == 0
    assert "logging in" not in done.stderr


def test_stored_login_serves_a_missing_image(site: Site) -> None:
    _remove_kestra(site)
    done = _deploy(site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "logging in" not in done.stderr


def test_login_of_another_user_is_replaced(site: Site) -> None:
    site.vps.run(f"docker login -u other --password-stdin {_REGISTRY}", stdin=_PASSWORD)
    _remove_kestra(site)
    done = _deploy(site, _PASSWORD)
    assert done.returncode == 0, done.stdout + done.stderr
    encoded = base64.b64encode(f"{_USER}:{_PASSWORD}".encode()).decode()
    assert encoded in _login(site)
