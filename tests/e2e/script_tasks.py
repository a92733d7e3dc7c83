"""A flow that says itself where its tasks run."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed, found

CORE, SHELL = "io.kestra.plugin.core", "io.kestra.plugin.scripts.shell.Commands"
#: `mounted` reads what Kestra itself wrote: Docker finds that only under the same path.
FLOW = """\
id: where
namespace: scripts.test
tasks:
  - id: says
    type: {shell}
    containerImage: {image}
    commands:
      - if [ -e /etc/kestra ]; then echo "beside Kestra"; else echo "apart from it"; fi
      - if [ -z "${{KESTRA_CONFIGURATION-}}${{JAVA_OPTS-}}" ]; then echo "without its variables"; fi
  - id: chosen
    type: {shell}
    taskRunner: {{type: {core}.runner.Process}}
    commands: ['test -e /etc/kestra']
{more}"""
MOUNTED = """\
  - id: mounted
    type: {shell}
    containerImage: {image}
    taskRunner:
      type: io.kestra.plugin.scripts.runner.docker.Docker
      fileHandlingStrategy: MOUNT
    commands: ['echo mounted > written', 'cat "$PWD/written"']
"""
#: In a rootless Docker root is Kestra's user, and any other one is nobody whom Kestra knows.
MOUNTED_AS_ROOT = MOUNTED.replace("fileHandling", 'user: "0"\n      fileHandling')


def declare(site: Site, **settings: Any) -> str:
    """Deploys that, twice, and returns what the first run said."""
    site.declare(**settings)
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.plan() == []
    assert changed(site.deploy()) == 0
    assert found(site.drift()) == []
    return done.stdout + done.stderr


def says(site: Site, more: str = "") -> list[str]:
    """What the tasks of a run that ends well say."""
    words = {"shell": SHELL, "core": CORE, "image": site.stack.main.image}
    flow = FLOW.format(more=more.format(**words), **words)
    site.vps.run("cat > /root/flow.yaml", stdin=flow)
    send = "-H 'Content-Type: application/x-yaml' --data-binary @/root/flow.yaml"
    api(site, f"call flows/scripts.test/where -X DELETE >/dev/null; call flows -X POST {send}")
    key = json.loads(api(site, "call executions/scripts.test/where -X POST"))["id"]
    state = ""
    for _ in range(240):
        state = json.loads(api(site, f"call executions/{key}"))["state"]["current"]
        if state in ("SUCCESS", "FAILED", "WARNING"):
            break
        time.sleep(0.5)
    logs = [str(line["message"]) for line in json.loads(api(site, f"call logs/{key}"))]
    assert state == "SUCCESS", logs
    return logs
