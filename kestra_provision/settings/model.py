"""What every profile has; `docs/settings.md` is printed from the sections."""

from __future__ import annotations

from kestra_provision.settings.sections.docker import DockerSection
from kestra_provision.settings.sections.flow_secrets import FlowSecretsSection
from kestra_provision.settings.sections.flows import FlowsSection
from kestra_provision.settings.sections.host import HostSection
from kestra_provision.settings.sections.kestra import KestraSection
from kestra_provision.settings.sections.kestra_environment import KestraEnvironmentSection
from kestra_provision.settings.sections.plugins import PluginsSection
from kestra_provision.settings.sections.proxy import ProxySection
from kestra_provision.settings.sections.script_tasks import ScriptTasksSection
from kestra_provision.settings.sections.setup import SetupSection
from kestra_provision.settings.sections.watch import WatchSection


# pydantic takes the fields of the last base first, so this reads from the bottom up.
class Settings(
    WatchSection,
    FlowSecretsSection,
    FlowsSection,
    PluginsSection,
    ScriptTasksSection,
    KestraEnvironmentSection,
    KestraSection,
    ProxySection,
    DockerSection,
    HostSection,
    SetupSection,
):
    """What one host shall be. Memory is in MiB, as Docker counts it; disks in GB of 10^9 bytes.

    A profile's class adds the sections of its other services, and defaults for names.
    """
