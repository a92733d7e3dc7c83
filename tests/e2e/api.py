"""Kestra's API, asked on the server itself with the credentials of its `.env`."""

from __future__ import annotations

import json

from tests.e2e.conftest import Site

_FLOW = """\
id: {name}
namespace: restart.test
tasks:
  - id: work
    type: io.kestra.plugin.core.flow.Sleep
    duration: {duration}
"""
API = """
. {root}/.env; cd /tmp
base=http://127.0.0.1:$KESTRA_HTTP_PORT/api/v1; curl -sf -o /dev/null -u \
"$KESTRA_BASICAUTH_USERNAME:$KESTRA_BASICAUTH_PASSWORD" $base/main/flows/search && base=$base/main
call() { path=$1; shift; curl -s -u "$KESTRA_BASICAUTH_USERNAME:$KESTRA_BASICAUTH_PASSWORD" \
"$@" $base/$path; }
"""


def api(site: Site, script: str, root: str = "/opt/kestra") -> str:
    """What a script prints that can `call PATH`."""
    return site.vps.run(f"{API.replace('{root}', root)}\n{script}").stdout


def execute(site: Site, name: str, duration: str) -> str:
    """Starts an execution that runs for so long; returns its id."""
    flow = _FLOW.format(name=name, duration=duration)
    api(site, f"call flows -X POST -H 'Content-Type: application/x-yaml' --data-binary '{flow}'")
    return str(json.loads(api(site, f"call executions/restart.test/{name} -X POST"))["id"])
