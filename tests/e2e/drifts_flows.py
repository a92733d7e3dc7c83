"""Flows, files and keys of the repository, changed by hand on the server."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.api import API
from tests.e2e.conftest import Site
from tests.e2e.drifts_running import Drift

NAMESPACE = "walk.test"
FLOW = f"""\
id: {{name}}
namespace: {NAMESPACE}
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: hi
"""
_DELETED = "-X DELETE -o /dev/null"


def _calling(script: str) -> str:
    return f"{API}\n{script}".replace("{root}", "/opt/kestra")


def _there(path: str) -> str:
    return _calling(f"[ $(call '{path}' -o /dev/null -w '%{{http_code}}') = 200 ]")


FLOWS: Mapping[str, Drift] = {
    "flow deleted": Drift(
        "flows | flows as in the repository",
        f"flow {NAMESPACE}/one: missing",
        _calling(f"call flows/{NAMESPACE}/one {_DELETED}"),
        _there(f"flows/{NAMESPACE}/one"),
    ),
    "file deleted": Drift(
        "flows | files as in the repository",
        f"file {NAMESPACE}/scripts/run.py: missing",
        _calling(f"call 'namespaces/{NAMESPACE}/files?path=/scripts/run.py' {_DELETED}"),
        _there(f"namespaces/{NAMESPACE}/files?path=/scripts/run.py"),
    ),
    "key deleted": Drift(
        "flows | keys as in the repository",
        f"key {NAMESPACE}/colour: missing",
        _calling(f"call namespaces/{NAMESPACE}/kv/colour {_DELETED}"),
        _there(f"namespaces/{NAMESPACE}/kv/colour"),
    ),
    "record open to others": Drift(
        "flows | record of the last sync closed",
        "/opt/kestra/config/flows.json: file 644 1000:0",
        "chown 1000 /opt/kestra/config/flows.json && chmod 644 /opt/kestra/config/flows.json",
        "[ $(stat -c %a:%U /opt/kestra/config/flows.json) = 600:root ]",
    ),
}
LOST: Mapping[str, Drift] = {
    "record lost": Drift(
        "flows | flows as in the repository",
        "/opt/kestra/config/flows.json: does not say it of all",
        "rm /opt/kestra/config/flows.json",
        "[ $(stat -c %a:%U /opt/kestra/config/flows.json) = 600:root ] && "
        f"grep -q {NAMESPACE} /opt/kestra/config/flows.json",
    ),
}


def repository(site: Site, flows: Iterable[str] = ("one",)) -> Path:
    """Flows, a file and a key beside the `deploy.py`; returns their namespace's folder."""
    folder = site.workspace.directory / "flows" / NAMESPACE
    (folder / "_files" / "scripts").mkdir(parents=True)
    for name in flows:
        (folder / f"{name}.yaml").write_text(FLOW.format(name=name))
    (folder / "_files" / "scripts" / "run.py").write_text("print(1)\n")
    (folder / "_kv.yaml").write_text("colour: blue\n")
    return folder


@contextmanager
def placed(site: Site) -> Iterator[Path]:
    """A repository that has what the rows are about, and its server; neither has it afterwards.

    Its folder of the namespace is what comes.
    """
    folder = repository(site)
    try:
        done = site.deploy()
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder
    finally:
        shutil.rmtree(folder)
        done = site.command("flows", "prune", "-y", "--delete", "3")
    assert done.returncode == 0, done.stdout + done.stderr
