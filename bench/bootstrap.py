"""What the tool costs beside a bare shell script: python -m bench.bootstrap

Two bare disposable servers, one after the other. The script does the same machine work over the
ssh client: packages, images, files, compose, wait until healthy. The ratio is the figure.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import configuration_files
from kestra_provision.render.host.compose import render_compose
from kestra_provision.settings import passwords
from kestra_provision.stack.layout import Layout
from kestra_provision.text.table import table
from tests.vps.archive import TestImages, test_images
from tests.vps.engine import call
from tests.vps.machine import Vps, boot
from tests.vps.workspace import Workspace, host_data, image_data

_Way = Callable[[Vps, TestImages], None]

_PREPARE = """
set -e
install -d -m 755 /etc/docker
echo '{"live-restore": true}' > /etc/docker/daemon.json
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    docker.io docker-cli docker-compose ca-certificates apparmor xz-utils > /dev/null
"""
_START = """
set -e
cd /opt/kestra
chmod 600 .env
chown -R 1000:1000 tools
docker network create tradingsystem_backend > /dev/null
docker compose up -d --quiet-pull --wait 2> /dev/null
"""


def main() -> None:
    """Prints one table."""
    images = test_images()
    by_script = _timed("kestra-bench-script", images, _by_script)
    by_tool = _timed("kestra-bench-tool", images, _by_tool)
    rows = [
        ["bare server to healthy", "time", "ratio"],
        ["shell script over ssh", f"{by_script:.1f} s", "1.00"],
        ["pyinfra inventory deploy.py", f"{by_tool:.1f} s", f"{by_tool / by_script:.2f}"],
    ]
    print(table(rows))


def _timed(name: str, images: TestImages, provision: _Way) -> float:
    vps = boot(name)
    try:
        start = time.perf_counter()
        provision(vps, images)
        return time.perf_counter() - start
    finally:
        vps.destroy()


def _by_tool(vps: Vps, images: TestImages) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.make(Path(folder) / "checkout")
        known_hosts = workspace.directory / "known_hosts"
        workspace.name_hosts({vps.name: {**host_data(vps, known_hosts), **image_data(images)}})
        done = workspace.deploy("-y")
        if done.returncode:
            sys.exit(done.stderr)


def _by_script(vps: Vps, images: TestImages) -> None:
    settings = Tools(**{**image_data(images), "image_archive_sha256": images.sha256})
    layout, stack = Layout(settings.root_dir), stack_of(settings)
    call(vps.ssh_command(_PREPARE))
    with images.archive.open("rb") as archive:
        _piped(vps, "docker load -q", archive.read())
    call(vps.ssh_command(f"mkdir -p {layout.config} {layout.storage} {layout.workdir}"))
    env = {**stack.environment, **{n: passwords.generate(n) for n in passwords.NAMES}}
    text = "".join(f"{name}={value}\n" for name, value in env.items())
    _piped(vps, f"cat > {layout.root}/.env", text.encode())
    for file in configuration_files(settings, stack, env):
        _piped(vps, f"cat > {file.path}", file.content.encode())
    compose = render_compose(settings, stack, stack.sizes(8000), "-")
    _piped(vps, f"cat > {layout.compose}", compose.encode())
    call(vps.ssh_command(_START))


def _piped(vps: Vps, command: str, data: bytes) -> None:
    call(vps.ssh_command(command), stdin=data)


if __name__ == "__main__":
    main()
