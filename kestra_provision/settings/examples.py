"""Files to choose in: every line of `group_data/all.py` and `.env.example` is commented out."""

from __future__ import annotations

import textwrap

from kestra_provision.settings import passwords
from kestra_provision.settings.outline import Part, Profiles, Shown, outline

_GROUP_DATA = '''\
"""Settings of all hosts. Take the # away from what you choose; the rest are defaults.

A default follows the package when it is upgraded. What is in force, and where it comes from:
kestra-provision config

What only some profiles have stands in group_data/PROFILE.py when there are hosts of others too.
"""
'''

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

_EXAMPLE_FLOWS = """
# What {{ secret('NAME') }} is in flows: as it is, not in base64. docs/flow-secrets.md
#SECRET_NAME=
"""

_EXAMPLE_REGISTRY = f"""
# Of registry_username, for a registry that wants a login.
#{passwords.REGISTRY}=
"""


def group_data(profiles: Profiles) -> str:
    """The text of `group_data/all.py`."""
    return _GROUP_DATA + "".join(
        f"\n{_heading(part)}\n" + "".join(map(_choice, part.settings)) for part in outline(profiles)
    )


def env_example(profiles: Profiles) -> str:
    """The text of `.env.example`: every name that `.env` may hold."""
    settings = "".join(
        f"\n{_heading(part)}\n" + _names(part)
        for part in outline(profiles)
        if part.section.environment
    )
    secrets = "".join(
        f"\n{_comment(about.rule)}\n#{name}=\n" for name, about in passwords.SECRETS.items()
    )
    rest = f"{_EXAMPLE_OPTIONAL}{_EXAMPLE_FLOWS}{_EXAMPLE_REGISTRY}"
    return f"{_EXAMPLE}{settings}{_EXAMPLE_SECRETS}{secrets}{rest}"


def _heading(part: Part) -> str:
    only = f" ({part.of_profiles})" if part.of_profiles else ""
    return f"# {part.section.title}{only} ".ljust(100, "-")


def _choice(setting: Shown) -> str:
    others = "".join(f" Default of {name}: {value}." for name, value in setting.others.items())
    about = _comment(f"{setting.description}{others}")
    return f"\n{about}\n# {setting.name} = {setting.default}\n"


def _names(part: Part) -> str:
    settings = {each.name: each for each in part.settings}
    return "".join(
        f"\n{_comment(settings[key].description)}\n#{name}={settings[key].value}\n"
        for name, key in part.section.environment.items()
    )


def _comment(text: str) -> str:
    return textwrap.fill(
        text.replace("`", ""), width=98, initial_indent="# ", subsequent_indent="# "
    )
