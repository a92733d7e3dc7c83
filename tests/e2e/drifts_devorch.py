"""Changes by hand to what only a stack of several services has, in waves."""

from __future__ import annotations

from kestra_provision.stack.stack import Stack
from tests.e2e.conftest import HEALTH_CHECK, WAIT_FOR_KESTRA, stopping
from tests.e2e.drifts_running import Drift, runs_as_declared

_DATA = "/opt/kestra/tools/n8n/data"


def waves_of_devorch(stack: Stack) -> dict[str, dict[str, Drift]]:
    """Of databases on a live server, of n8n and of the sidecar."""
    n8n, sidecar = stack["n8n"].container, stack["sidecar"].container
    declared = runs_as_declared(stack)
    psql = f"docker exec {stack['postgres'].container} psql -U postgres -qtA -c"
    up = "[ $(docker inspect -f {{.State.Running}} %s) = true ]"
    return {
        "database of another role, and files": {
            "owner of n8n's database": Drift(
                declared,
                "database n8n: database n8n belongs to another role",
                f"{psql} 'alter database n8n owner to postgres'",
                f'[ $({psql} "select pg_get_userbyid(datdba) from pg_database '
                "where datname = 'n8n'\") = n8n ]",
            ),
            "mode of n8n's data": Drift(
                "directories | owner and mode",
                f"{_DATA}: directory 755",
                f"chmod 755 {_DATA}",
                f"[ $(stat -c %a {_DATA}) = 700 ]",
            ),
            "n8n's port edited in .env": Drift(
                "secrets | .env with settings and secrets",
                ".env: N8N_PORT",
                "sed -i s/^N8N_PORT=.*/N8N_PORT=9999/ /opt/kestra/.env",
                "grep -q ^N8N_PORT=5678 /opt/kestra/.env",
            ),
            "sidecar removed": Drift(
                declared,
                f"container {sidecar}: does not exist",
                f"docker rm -f {sidecar}",
                up % sidecar,
            ),
        },
        "database dropped under a live n8n": {
            "database dropped": Drift(
                declared,
                "database n8n: PostgreSQL has no database n8n",
                f"{psql} 'drop database n8n with (force)'",
                f"{psql} 'select 1' -d n8n && {up % n8n}",
            ),
        },
        "role dropped": {
            "role dropped": Drift(
                declared,
                "database n8n: PostgreSQL has no role n8n that may log in",
                f"docker stop {n8n}; {psql} 'drop database n8n'; {psql} 'drop role n8n'",
                f"{psql} 'select 1' -d n8n && {up % n8n}",
            ),
        },
        "role that may not log in": {
            "role that may not log in": Drift(
                declared,
                "database n8n: PostgreSQL has no role n8n that may log in",
                f"{psql} 'alter role n8n nologin'; {WAIT_FOR_KESTRA}",
                f"[ $({psql} \"select rolcanlogin from pg_roles where rolname = 'n8n'\") = t ]",
            ),
        },
        "sidecar that hangs": {
            "sidecar that hangs": Drift(
                "health | Kestra answers, and only to its password",
                f"sidecar's health: {sidecar} is not-answering",
                stopping(sidecar),
                HEALTH_CHECK,
            ),
        },
        "n8n frozen": {
            "n8n frozen": Drift(
                declared, f"container {n8n}: is paused", f"docker pause {n8n}", up % n8n
            ),
        },
        "n8n taken off the network": {
            "n8n taken off the network": Drift(
                declared,
                f"container {n8n}: has the networks ",
                f"docker network disconnect {stack.shared} {n8n}",
                f"docker network inspect {stack.shared} | grep -q {n8n}",
            ),
        },
    }
