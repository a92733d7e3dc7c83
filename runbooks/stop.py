"""Kestra is stopped without losing work: pyinfra inventory runbooks/stop.py"""

from pyinfra import host

from kestra_provision.operations import runbook, stopping
from kestra_provision.run.state import run_of, settings_of, stack_here
from kestra_provision.runbook.beside import beside
from kestra_provision.runbook.steps import Steps
from tasks.lock import locked
from tasks.preflight import reached
from tasks.stopping import stop_stack

settings, declared = settings_of(host), stack_here(host)
options = run_of(host.state).options_of("stop")
step = Steps("stop", of=5 + len(beside(declared, options)))

reached(settings)  # and not preflight: a host that is unfit for a deploy can still be stopped
locked(settings, why=f"stop: {options.reason}" if options.reason else "stop")
runbook.begun(name=step("status"), action="stop", stack=declared)
stopping.logs_saved(name=step("logs saved"), stack=declared, action="stop")
stop_stack(settings, options, step, stays=True)
runbook.recorded(name=step("record in the audit"), result="stopped")
