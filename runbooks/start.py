"""Kestra is started again: pyinfra inventory runbooks/start.py"""

from pyinfra import host

from kestra_provision.commands.audit import HEALTHY
from kestra_provision.operations import daemon, runbook
from kestra_provision.run.state import run_of, settings_of, stack_here
from kestra_provision.runbook.steps import Steps
from tasks.health import health
from tasks.lock import locked
from tasks.preflight import preflight
from tasks.stack import stack

settings, declared = settings_of(host), stack_here(host)
options = run_of(host.state).options_of("start")
step = Steps("start", of=4)

survey = preflight(settings, writes=False, runbook=True)
locked(settings, why=f"start: {options.reason}" if options.reason else "start")
# Without its rules in the firewall Docker starts nothing.
daemon.current(name="Docker's daemon can start it", systemd=survey.systemd)
runbook.begun(name=step("status"), action="start", stack=declared)
runbook.announced(name=step(f"{declared.in_turn} starts"))
stack(settings)
health(settings)
runbook.judged(name=step("overallHealth=healthy"), settings=settings)
runbook.recorded(name=step("record in the audit"), result=HEALTHY)
