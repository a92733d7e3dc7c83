"""Which values of a host are secrets, and how they are struck out of what is shown."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable

from kestra_provision.commands.logs import SHORTEST
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings.flow_secrets import decoded, encoded
from kestra_provision.settings.shown import MASK
from kestra_provision.settings.yaml_value import quoted
from kestra_provision.stack.stack import Stack


def secrets_in(env: HostEnv, stack: Stack) -> list[str]:
    """Every value of `.env` that is not one of our settings, the longest first.

    The operator's own keys are among them: what they hold is often a password too. And each as it
    stands in a configuration: a program quotes the line that it cannot read. Of the secrets of
    flows each line, because a log is told line by line.
    """
    ours = stack.environment
    values = {value for key, value in env.file.values.items() if key not in ours}
    for text in env.of_flows.values():
        values |= {text, *decoded(text).splitlines()}
    found = values | {quoted(value)[1:-1] for value in values}
    return sorted((v for v in found if len(v) >= SHORTEST), key=len, reverse=True)


def forms(secret: str) -> set[str]:
    """As it stands in a file: in JSON and YAML, and in a shell."""
    in_json = (json.dumps(secret, ensure_ascii=ascii_)[1:-1] for ascii_ in (True, False))
    return {
        secret,
        *in_json,
        secret.replace("'", "''"),
        shlex.quote(secret).strip("'"),
        encoded(secret),
    }


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret struck out: programs print their settings when they fail."""
    # The longest first: one secret may be the beginning of another.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
