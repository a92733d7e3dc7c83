"""Flows, files and keys of the repository alone: pyinfra inventory runbooks/flows.py"""

from pyinfra import host

from kestra_provision.run.state import run_of, settings_of
from tasks.flows import flows
from tasks.lock import locked
from tasks.preflight import reached, secrets_there

settings = settings_of(host)
options = run_of(host.state).options_of("flows")

reached(settings)
secrets_there(settings)
locked(settings, why=f"flows apply: {options.reason}" if options.reason else "flows apply")
flows(settings, options)
