"""Plugins changed by hand on the server, and what a deploy makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.conftest import Site
from tests.e2e.drifts_running import Drift
from tests.vps.plugin import make_jar

PLACED, LOADED = "plugins | jars as declared", "plugins | Kestra has loaded them"
CLEARED = "plugins | none left over"
FOLDER = "/opt/kestra/tools/kestra/plugins"
RECORD = f"{FOLDER}/ours.sha256"
_INTACT = f"cd {FOLDER} && sha256sum -c --quiet ours.sha256"


@contextmanager
def declared(site: Site, *names: str, **data: object) -> Iterator[list[str]]:
    """Plugins of these names as jars of the laptop; the server is as before when the block ends.

    The block gets the names of their files on the server.
    """
    entries, jars = [], []
    for name in names:
        file = f"plugins/{name}.jar"
        sha256 = make_jar(site.workspace.directory / file, name)
        entries.append({"file": file, "sha256": sha256})
        jars.append(f"{name}-{sha256[:12]}.jar")
    site.declare(kestra_plugins=entries, **data)
    try:
        yield jars
    finally:
        site.declare()
        done = site.deploy()
        assert done.returncode == 0, done.stdout + done.stderr


def waves(first: str, second: str) -> list[dict[str, Drift]]:
    """+ first, second: files on the server"""
    one, other = f"{FOLDER}/{first}", f"{FOLDER}/{second}"
    return [
        {
            "jar edited": Drift(PLACED, f"{one}: other content", f"echo x >> {one}", _INTACT),
            "jar's mode": Drift(
                PLACED,
                f"{other}: file 666 0:0",
                f"chmod 666 {other}",
                f"[ $(stat -c %a {other}) = 644 ]",
            ),
        },
        {
            "jar deleted": Drift(PLACED, f"{one}: missing", f"rm {one}", _INTACT),
            "list lost": Drift(
                PLACED, f"{RECORD}: missing", f"rm {RECORD}", f"grep -q {first} {RECORD}"
            ),
        },
        {
            "a former one of ours": Drift(
                CLEARED,
                f"{FOLDER}/former.jar: is there",
                f"cp {one} {FOLDER}/former.jar; echo '{'0' * 64}  former.jar' >> {RECORD}",
                f"[ ! -e {FOLDER}/former.jar ] && ! grep -q former {RECORD}",
            ),
        },
    ]
