"""pyinfra reads this before the inventory: its settings, and what this project teaches it."""

from pathlib import Path

from pyinfra import config

from kestra_provision.ending import end_truthfully
from kestra_provision.inventory import teach_pyinfra_folders
from kestra_provision.operations.lock import release_at_the_end
from kestra_provision.questions import teach_pyinfra_to_ask
from kestra_provision.session import validate_before_connecting

config.REQUIRE_PYINFRA_VERSION = ">=3.10,<3.11"

end_truthfully()
release_at_the_end()
teach_pyinfra_folders()
teach_pyinfra_to_ask()
validate_before_connecting(Path.cwd())
