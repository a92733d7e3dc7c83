"""Prints the settings for people who read; `settings.examples` is for those who choose."""

from __future__ import annotations

from inspect import cleandoc

from kestra_provision.settings import passwords
from kestra_provision.settings.environment import names_in_env
from kestra_provision.settings.outline import Part, Profiles, Shown, outline

_INTRODUCTION = """\
# Settings

Set them in `group_data/`, in your inventory (for a group or a host) or with `--data NAME=VALUE`.
A later place wins over an earlier one:

1. the default below
2. `group_data/all.py`, for all hosts
3. `group_data/PROFILE.py`, such as `group_data/tools.py`, for the hosts of a profile
4. `.env` beside `deploy.py` on the laptop, under the names below
5. the environment of the laptop, under the same names
6. groups and hosts of the inventory
7. `--data NAME=VALUE`

`kestra-provision config` shows each value and where it comes from: what nobody has set is a
`default`, and follows an upgrade of the package.

Everything is checked for all hosts before the first connection is opened. An unknown name is an
error; so is a setting that the host's profile does not have. Names of your own start with `x_`.
Memory is counted in MiB, as Docker does (2048 is 2 GiB), disks in GB of 10^9 bytes.

## Profiles

The setting `profile` says which services a host has.

| profile | services |
|---|---|
"""

_TABLE = """
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

Another `KESTRA_…` name is refused, and so is a `KESTRA_DB_HOST` that is not the stack's own server.
`SECRET_NAME` is a [secret of flows](flow-secrets.md). Keys of your own are left alone and reach no
container: of `ENV_…`, `MICRONAUT_…` and `BACKEND_URL`, which other set-ups read, a deploy says so.
What Kestra shall get of those stands in the inventory, as
[`kestra_env`](kestra-configuration.md#variables-of-your-own). How to write values:
[`.env`](troubleshooting.md#a-line-of-env-is-refused).

| name in `.env` | setting |
|---|---|
"""


def markdown(profiles: Profiles) -> str:
    """The text of `docs/settings.md`."""
    about = "".join(
        f"| `{name}` | {cleandoc(str(each.__doc__)).splitlines()[0]} |\n"
        for name, each in profiles.items()
    )
    parts = "".join(map(_section, outline(profiles)))
    secrets = "".join(f"| `{name}` | {about.rule} |\n" for name, about in passwords.SECRETS.items())
    named = names_in_env(profiles.values())
    names = "".join(f"| `{name}` | `{key}` |\n" for name, key in named.items())
    return (
        f"{_INTRODUCTION}{about}{parts}{_SECRETS}{secrets}{_OPTIONAL}{_OF_REGISTRY}{_NAMES}{names}"
    )


def _section(part: Part) -> str:
    only = f"\nOnly in {part.of_profiles}.\n" if part.of_profiles else ""
    rows = "".join(
        f"| `{each.name}` | {_default(each)} | {each.description} |\n" for each in part.settings
    )
    return f"\n## {part.section.title}\n{only}{_TABLE}{rows}"


def _default(setting: Shown) -> str:
    first = "-" if setting.default == "None" else f"`{setting.default}`"
    return ", ".join([first, *(f"{name}: `{value}`" for name, value in setting.others.items())])
