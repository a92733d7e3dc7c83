"""Settings: one typed model, built from layers in a documented order, refused with the fix."""

from kestra_provision.settings.load import Origin, known_settings, load, operator_environment
from kestra_provision.settings.model import Settings
from kestra_provision.text.problem import Problem, SettingsError

__all__ = [
    "Origin",
    "Problem",
    "Settings",
    "SettingsError",
    "known_settings",
    "load",
    "operator_environment",
]
