"""The names that stand in `.env`, each with the service that there must be for it."""

from collections.abc import Mapping

import pytest

from tests.machine.stack import Stack

#: Of the server's own role, where that is no service's.
SERVER = "KESTRA_POSTGRES_PASSWORD"
SECRETS = {
    "KESTRA_DB_PASSWORD": "postgres",
    "KESTRA_BASICAUTH_PASSWORD": "kestra",
    "KESTRA_ENCRYPTION_SECRET_KEY": "kestra",
    SERVER: "postgres",
    "N8N_DB_PASSWORD": "n8n",
    "N8N_ENCRYPTION_KEY": "n8n",
    "SIDECAR_TOKEN": "sidecar",
}
SETTINGS = {
    "KESTRA_HTTP_PORT": "kestra",
    "KESTRA_MANAGEMENT_PORT": "kestra",
    "KESTRA_DB_HOST": "postgres",
    "KESTRA_DB_PORT": "postgres",
    "KESTRA_DB_NAME": "postgres",
    "KESTRA_DB_USER": "postgres",
    "KESTRA_BASICAUTH_USERNAME": "kestra",
    "N8N_PORT": "n8n",
    "N8N_DB_NAME": "n8n",
    "N8N_DB_USER": "n8n",
    "SIDECAR_PORT": "sidecar",
}
NAMES = {**SETTINGS, **SECRETS}


def wanted(stack: Stack, names: Mapping[str, str]) -> set[str]:
    """Those for which this host has the service."""
    return {n for n, service in names.items() if service in stack.declared and _fits(stack, n)}


def known(stack: Stack) -> set[str]:
    """Those that may be there: who had a service keeps its secrets, which may be wanted again."""
    return {n for n, service in NAMES.items() if service in stack.known and _fits(stack, n)}


def need(stack: Stack, name: str) -> None:
    """Skips what is about a name that this host does without, as its profile allows."""
    stack.need(NAMES[name])
    if not _fits(stack, name):
        pytest.skip(f"on a {stack.profile} host the server's own role is Kestra's")


def _fits(stack: Stack, name: str) -> bool:
    return name != SERVER or stack.apart


def own(stack: Stack, service: str) -> set[str]:
    """The secrets that the container of a service has to be given, and no other one."""
    given = {
        "kestra": {
            "KESTRA_BASICAUTH_PASSWORD",
            "KESTRA_ENCRYPTION_SECRET_KEY",
            "KESTRA_DB_PASSWORD",
        },
        "n8n": {"N8N_DB_PASSWORD", "N8N_ENCRYPTION_KEY"},
        "postgres": {SERVER if stack.apart else "KESTRA_DB_PASSWORD"},
        "sidecar": {"SIDECAR_TOKEN"},
        "dind": set[str](),
    }
    return given[service] & wanted(stack, SECRETS)
