"""pyinfra reads this before the inventory: its settings, and what this project teaches it."""

from pathlib import Path

from pyinfra import config

from kestra_provision.plan.words import said_in_plan
from kestra_provision.remote.connect_errors import ConnectAdvice
from kestra_provision.run.patches import install, of_a_run
from kestra_provision.runbook.journey import Failing, quietly_ended, where_it_stands
from kestra_provision.status.summary import Summary

config.REQUIRE_PYINFRA_VERSION = ">=3.10,<3.11"

CALLBACKS = (ConnectAdvice(), Failing(), Summary())
install(of_a_run(Path.cwd(), CALLBACKS, where_it_stands, quietly_ended, said_in_plan))
