"""pyinfra reads this before the inventory: its settings, and what this project teaches it."""

from pathlib import Path

from pyinfra import config

from kestra_provision.operations.lock import release_at_the_end
from kestra_provision.run.ending import end_truthfully
from kestra_provision.run.folders import teach_pyinfra_folders
from kestra_provision.run.questions import teach_pyinfra_to_ask
from kestra_provision.run.session import validate_before_connecting
from kestra_provision.runbook.journey import Failing, where_it_stands
from kestra_provision.status.summary import Summary

config.REQUIRE_PYINFRA_VERSION = ">=3.10,<3.11"

end_truthfully(where_it_stands)
release_at_the_end()
teach_pyinfra_folders()
teach_pyinfra_to_ask()
validate_before_connecting(Path.cwd(), Failing(), Summary())
