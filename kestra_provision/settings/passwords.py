"""The secrets of a host: their names, how they are made and what they must keep."""

from __future__ import annotations

import base64
import binascii
import secrets
import string
from typing import NamedTuple

from kestra_provision.settings import env_file, rules
from kestra_provision.settings.yaml_value import unplaceable

DB = "KESTRA_DB_PASSWORD"
BASIC_AUTH = "KESTRA_BASICAUTH_PASSWORD"
ENCRYPTION = "KESTRA_ENCRYPTION_SECRET_KEY"
#: Of the database server's own role, where no service logs in as that one.
SERVER = "KESTRA_POSTGRES_PASSWORD"
N8N_DB = "N8N_DB_PASSWORD"
N8N_ENCRYPTION = "N8N_ENCRYPTION_KEY"
SIDECAR = "SIDECAR_TOKEN"


class About(NamedTuple):
    """What a secret is to a person, in a word, and the rule that it keeps."""

    title: str
    rule: str


_LONG = "at least 8 characters"
#: Of all profiles; which of them a host has follows from its services.
SECRETS = {
    DB: About("database", _LONG),
    BASIC_AUTH: About("password", "8 to 256 characters with upper case, lower case and a digit"),
    ENCRYPTION: About("key", "32 bytes in base64; without it a restored database is lost"),
    SERVER: About("server", f"{_LONG}; only where the server has a role of its own"),
    N8N_DB: About("database", _LONG),
    N8N_ENCRYPTION: About("key", f"{_LONG}; without it n8n's credentials are lost"),
    SIDECAR: About("token", _LONG),
}
NAMES = tuple(SECRETS)
#: Where the host tells that Kestra is not healthy. The operator's own: never generated, and no
#: container gets it.
WEBHOOK = "KESTRA_NOTIFY_WEBHOOK"
#: In a host's `.env` when the operator gives them. Nothing depends on their value, so a new one
#: replaces the old.
OPTIONAL = (WEBHOOK,)
#: The operator's own, for `docker login`: it never stands in a host's `.env`.
REGISTRY = "KESTRA_REGISTRY_PASSWORD"
#: All that an operator may give.
GIVEN = (*NAMES, *OPTIONAL, REGISTRY)

#: Reads the same in compose, python-dotenv and a shell without quotes.
_ALPHABET = string.ascii_letters + string.digits + "_-"
_LENGTH = 32


def generate(name: str) -> str:
    """A new value for the secret `name`, about 190 bits (256 for the encryption key)."""
    if name == ENCRYPTION:
        return _generate_key()
    while True:
        value = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        # A leading - would look like an option to a tool that is given the value.
        if rules.basic_auth_password(value) is None and value[0] not in "-_":
            return value


def _generate_key() -> str:
    """32 bytes in base64 as Kestra wants them, drawn again until no + or / is in it."""
    while True:
        value = base64.b64encode(secrets.token_bytes(32)).decode()
        if "+" not in value and "/" not in value:
            return value


def refusal(name: str, value: str) -> str | None:
    """Why `value` cannot be the secret `name`, without repeating it; None when it can."""
    if name == REGISTRY:
        return None if value.isprintable() else "holds a line break or another control character"
    if why := env_file.unwritable(value) or unplaceable(value):
        return why
    if name == WEBHOOK:
        return rules.webhook(value)
    if name == BASIC_AUTH:
        return rules.basic_auth_password(value)
    if name == ENCRYPTION:
        return _key_refusal(value)
    if len(value) < 8:
        return "must have at least 8 characters"
    return rules.example_password(value)


def _key_refusal(value: str) -> str | None:
    try:
        length = len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        length = 0
    return None if length == 32 else "must be 32 bytes in base64 (openssl rand -base64 32)"
