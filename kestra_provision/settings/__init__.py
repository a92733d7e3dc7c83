"""Settings: one typed model for each profile, built from layers in a documented order, refused
with the fix."""

from kestra_provision.settings.environment import operator_environment
from kestra_provision.settings.load import Origin, load
from kestra_provision.settings.model import Settings
from kestra_provision.text.problem import Problem, SettingsError

__all__ = [
    "Origin",
    "Problem",
    "Settings",
    "SettingsError",
    "load",
    "operator_environment",
]
