"""What n8n is asked: with its database, and after that is gone."""

import json
from typing import Any

from tests.contract.n8n_recording import CREDENTIAL, OWNER, WORKFLOW
from tests.contract.n8n_stack import N8n, N8nStack
from tests.contract.recording import Call
from tests.contract.stack import DATABASE_PASSWORD


def on_its_own_postgres(n8n: N8nStack) -> tuple[N8n, str]:
    """Start n8n on a PostgreSQL that nobody else uses; return it and the other's container."""
    postgres = f"{n8n.stack.name}-of-n8n"
    n8n.stack.run_postgres(postgres, "of-n8n")
    login = {"USER": "kestra", "DATABASE": "kestra", "PASSWORD": DATABASE_PASSWORD}
    environment = {f"DB_POSTGRESDB_{name}": value for name, value in login.items()}
    return n8n.ready(environment | {"DB_POSTGRESDB_HOST": "of-n8n"}), postgres


def _ask(what: str, method: str, path: str, body: Any = None, auth: str = "none") -> Call:
    kind, text = (None, None) if body is None else ("application/json", json.dumps(body))
    return Call(0, what, method, path, auth=auth, request_content_type=kind, request_body=text)


_LOGIN = {"emailOrLdapLoginId": OWNER["email"], "password": OWNER["password"]}

SCRIPT = [
    _ask("health", "GET", "/healthz"),
    _ask("health", "GET", "/healthz/readiness"),
    _ask("health", "GET", "/healthz/nothing"),
    _ask("health", "POST", "/healthz", {}),
    _ask("page", "GET", "/"),
    _ask("page", "GET", "/nothing"),
    _ask("metrics are off", "GET", "/metrics"),
    _ask("settings of a stranger", "GET", "/rest/settings"),
    _ask("stranger", "GET", "/rest/login"),
    _ask("stranger", "GET", "/rest/workflows"),
    _ask("stranger", "POST", "/rest/workflows", WORKFLOW),
    _ask("stranger", "GET", "/rest/credentials"),
    _ask("stranger", "GET", "/rest/nothing"),
    _ask("stranger", "GET", "/api/v1/workflows"),
    _ask("stranger", "GET", "/webhook/none"),
    _ask("setup with a short password", "POST", "/rest/owner/setup", OWNER | {"password": "short"}),
    _ask("setup", "POST", "/rest/owner/setup", OWNER),
    _ask("setup again", "POST", "/rest/owner/setup", OWNER),
    _ask("settings after it", "GET", "/rest/settings"),
    _ask("wrong login", "POST", "/rest/login", _LOGIN | {"password": "Wr0ngPassw"}),
    _ask("login", "POST", "/rest/login", _LOGIN),
    _ask("who am I", "GET", "/rest/login", auth="good"),
    _ask("create workflow", "POST", "/rest/workflows", WORKFLOW, auth="good"),
    _ask("list workflows", "GET", "/rest/workflows", auth="good"),
    _ask("create credential", "POST", "/rest/credentials", CREDENTIAL, auth="good"),
    _ask("list credentials", "GET", "/rest/credentials", auth="good"),
    _ask("credential", "GET", "/rest/credentials/{credential}", auth="good"),
    _ask("credential", "GET", "/rest/credentials/{credential}?includeData=true", auth="good"),
    _ask("missing credential", "GET", "/rest/credentials/none", auth="good"),
]
LOST = [
    _ask("database lost", "GET", "/healthz"),
    _ask("database lost", "GET", "/healthz/readiness"),
    _ask("database lost", "GET", "/"),
    _ask("database lost", "GET", "/rest/settings"),
    _ask("database lost", "GET", "/rest/workflows", auth="good"),
    _ask("database lost", "POST", "/rest/login", _LOGIN),
]
