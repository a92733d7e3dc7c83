"""The host's scripts below a folder of a test."""

from __future__ import annotations

from pathlib import Path

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.scripts import render_scripts
from kestra_provision.settings import Settings
from kestra_provision.stack.stack import Stack

SIZES = stack_of(Tools()).sizes(4096)
SUM = "f" * 64
SETTINGS = {
    "defaults": Tools(),
    "everybody": Tools(bind_address="0.0.0.0", http_port=80, management_port=9),
    "ipv6": Tools(bind_address="2001:db8::1", postgres_image="postgres:18"),
    "names": Tools(
        root_dir="/srv/a.b/k-1_2",
        project_name="p_1",
        container_name="k.1",
        postgres_container_name="pg_1",
        network="my-net",
        kestra_url="https://example.com/a?b=c&d='e'$(f)/",
    ),
}


def installed(settings: Settings, folder: Path, stack: Stack | None = None) -> Path:
    """The scripts below `folder` instead of `root_dir`.

    + stack: another one than the settings declare
    """
    stack = stack or stack_of(settings)
    for file in render_scripts(settings, stack, stack.sizes(4096), SUM):
        path = folder / Path(file.path).relative_to(settings.root_dir)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content.replace(settings.root_dir, str(folder)))
        path.chmod(int(file.mode, 8))
    return folder
