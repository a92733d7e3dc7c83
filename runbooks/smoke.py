"""A flow runs to its end, and its log is shown: pyinfra inventory runbooks/smoke.py"""

from pyinfra import host

from kestra_provision.operations import smoke
from kestra_provision.run.state import run_of, settings_of
from kestra_provision.runbook.steps import Steps
from tasks.lock import locked
from tasks.preflight import reached

settings = settings_of(host)
options = run_of(host.state).options_of("smoke")
step = Steps("smoke", of=2)

reached(settings)  # and not preflight: it is the running Kestra that is tried
locked(settings, why=f"smoke: {options.reason}" if options.reason else "smoke")
smoke.placed(name=step("the canary flow is there"), settings=settings)
smoke.passed(name=step("it ends in SUCCESS"), settings=settings)
