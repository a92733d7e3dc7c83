"""Names of the secrets that a host of the profile `tools` has."""

from __future__ import annotations

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools

TOOLS_SECRETS = stack_of(Tools()).secret_names
