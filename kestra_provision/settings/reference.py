"""Prints the settings for people.

`docs/settings.md`, `group_data/all.py` and `.env.example` come from here.
"""

from __future__ import annotations

import textwrap
from typing import Any

from kestra_provision.settings import passwords
from kestra_provision.settings.load import ENVIRONMENT_SETTINGS
from kestra_provision.settings.model import Settings

_INTRODUCTION = """\
# Settings

Set them in `group_data/`, in your inventory (for a group or a host) or with `--data NAME=VALUE`.
A later place wins over an earlier one:

1. the default below, and over it what the profile brings
2. `group_data/all.py`
3. your file for the profile, such as `group_data/tools.py`
4. `.env` beside `deploy.py` on the laptop, under the names below
5. the environment of the laptop, under the same names
6. groups and hosts of the inventory
7. `--data NAME=VALUE`

`kestra-provision config` shows each value and where it comes from.

Everything is checked for all hosts before the first connection is opened. An unknown name is an
error; names of your own start with `x_`. Memory is counted in MiB, as Docker does (2048 is 2 GiB),
disks in GB of 10^9 bytes.

| name | default | meaning |
|---|---|---|
"""

_SECRETS = """
## Secrets

They live in `<root_dir>/.env` on the host, mode 0600, and nowhere else. What is missing there is
taken from your `.env` or environment, or generated; what is there is kept for ever.

| name | rule |
|---|---|
"""

_RULES = {
    passwords.DB: "at least 8 characters",
    passwords.BASIC_AUTH: "8 to 256 characters with upper case, lower case and a digit",
    passwords.ENCRYPTION: "32 bytes in base64; without it a restored database is lost",
}

_OPTIONAL = f"""
`{passwords.WEBHOOK}` is an address that the host calls when its Kestra is no longer healthy, see
[watch](watch.md). It is kept in the host's `.env` too; a new one replaces it, and none is made up.
"""

_OF_REGISTRY = f"""
`{passwords.REGISTRY}` is none of a host's: Docker logs in with it to the `registry`, and keeps it
in `/root/.docker/config.json` there.
"""

_NAMES = """
## Settings in `.env`

| name in `.env` | setting |
|---|---|
"""

_EXAMPLE = """\
# Copy to .env beside deploy.py on your laptop. All of it is optional, and holds for every host.
# Never commit .env: it is where secrets of yours may stand.
#
# Settings. The inventory wins over them.
"""

_EXAMPLE_SECRETS = """
# Secrets. Used by a host that has none yet; what is not given is generated there, and kept.
"""

_EXAMPLE_OPTIONAL = f"""
# An address that each host calls when its Kestra is no longer healthy.
#{passwords.WEBHOOK}=
"""

_EXAMPLE_REGISTRY = f"""
# Of registry_username, for a registry that wants a login.
#{passwords.REGISTRY}=
"""


def markdown() -> str:
    """The text of `docs/settings.md`."""
    rows = "".join(
        f"| `{name}` | {_shown(field.default)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    )
    secrets = "".join(f"| `{name}` | {rule} |\n" for name, rule in _RULES.items())
    names = "".join(f"| `{name}` | `{key}` |\n" for name, key in ENVIRONMENT_SETTINGS.items())
    return f"{_INTRODUCTION}{rows}{_SECRETS}{secrets}{_OPTIONAL}{_OF_REGISTRY}{_NAMES}{names}"


def group_data() -> str:
    """The text of `group_data/all.py`: every setting with its default and a comment."""
    head = (
        '"""Every setting with its default, for all hosts. What you change here holds for all."""\n'
    )
    return head + "".join(
        f"\n{_comment(str(field.description))}\n{name} = {_literal(field.default)}\n"
        for name, field in Settings.model_fields.items()
    )


def env_example() -> str:
    """The text of `.env.example`: every name that `.env` may hold, commented out."""
    settings = "".join(
        f"\n{_comment(str(field.description))}\n#{name}={field.default}\n"
        for name, key in ENVIRONMENT_SETTINGS.items()
        if (field := Settings.model_fields[key])
    )
    secrets = "".join(f"\n{_comment(rule)}\n#{name}=\n" for name, rule in _RULES.items())
    return f"{_EXAMPLE}{settings}{_EXAMPLE_SECRETS}{secrets}{_EXAMPLE_OPTIONAL}{_EXAMPLE_REGISTRY}"


def _comment(text: str) -> str:
    return textwrap.fill(
        text.replace("`", ""), width=98, initial_indent="# ", subsequent_indent="# "
    )


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _shown(value: Any) -> str:
    return "-" if value is None else f"`{_literal(value)}`"
