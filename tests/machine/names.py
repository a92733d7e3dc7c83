"""The names that stand in `.env`, each with the service that there must be for it."""

from collections.abc import Mapping

from tests.machine.stack import Stack

SECRETS = {
    "KESTRA_DB_PASSWORD": "postgres",
    "KESTRA_BASICAUTH_PASSWORD": "kestra",
    "KESTRA_ENCRYPTION_SECRET_KEY": "kestra",
    # Of the server's own role, which is Kestra's where it has no other database.
    "KESTRA_POSTGRES_PASSWORD": "n8n",
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
    return {name for name, service in names.items() if service in stack.declared}


def own(stack: Stack, service: str) -> set[str]:
    """The secrets that the container of a service has to be given, and no other one."""
    several = "n8n" in stack.services
    given = {
        "kestra": {
            "KESTRA_BASICAUTH_PASSWORD",
            "KESTRA_ENCRYPTION_SECRET_KEY",
            "KESTRA_DB_PASSWORD",
        },
        "n8n": {"N8N_DB_PASSWORD", "N8N_ENCRYPTION_KEY"},
        "postgres": {"KESTRA_POSTGRES_PASSWORD" if several else "KESTRA_DB_PASSWORD"},
        "sidecar": {"SIDECAR_TOKEN"},
    }
    return given[service] & wanted(stack, SECRETS)
