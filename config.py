"""pyinfra reads this before the inventory: its settings, and what this project teaches it."""

from pathlib import Path

from pyinfra import config

from kestra_provision.inventory import teach_pyinfra_folders
from kestra_provision.session import validate_before_connecting

config.REQUIRE_PYINFRA_VERSION = ">=3.10,<3.11"

teach_pyinfra_folders()
validate_before_connecting(Path.cwd())
