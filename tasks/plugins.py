"""Plugins of Kestra beside those of its image, and what is left of those that were declared."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.facts.plugins import Plugins
from kestra_provision.operations import plugins as operations
from kestra_provision.plugins.declared import jars_of
from kestra_provision.run.observation import observed
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout


@deploy("plugins")
def plugins(settings: Settings) -> None:
    """Before the compose file, which mounts each jar by itself: a new set makes a new container."""
    if settings.kestra_plugins:
        jars = jars_of(settings).jars
        folder = Layout(settings.root_dir).plugins
        operations.placed(name="jars as declared", folder=folder, jars=jars)


@deploy("plugins")
def plugins_loaded(settings: Settings) -> None:
    """After the gate. Where nothing is declared and nothing was, there is nothing to do."""
    folder, wanted = Layout(settings.root_dir).plugins, settings.kestra_plugins
    if wanted:
        jars = jars_of(settings).jars
        operations.loaded(name="Kestra has loaded them", settings=settings, jars=jars)
    if wanted or observed(host, Plugins, folder=folder).there:
        names = [plugin.jar for plugin in wanted]
        operations.cleared(name="none left over", folder=folder, wanted=names)
