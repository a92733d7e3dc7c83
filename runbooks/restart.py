"""A restart that loses no work: pyinfra inventory runbooks/restart.py

The stages are those of deploy.py, so changed settings are applied by the same code.
"""

from pyinfra import host

from kestra_provision.commands.audit import HEALTHY
from kestra_provision.operations import runbook, stopping
from kestra_provision.run.state import run_of, settings_of, stack_here
from kestra_provision.runbook.beside import beside
from kestra_provision.runbook.steps import Steps
from tasks.directories import directories
from tasks.docker import docker
from tasks.files import files
from tasks.health import health
from tasks.images import images
from tasks.lock import locked
from tasks.plugins import plugins, plugins_loaded
from tasks.preflight import preflight
from tasks.scripts import scripts
from tasks.secrets import secrets
from tasks.stack import stack
from tasks.stopping import stop_stack
from tasks.watch import watch

settings, declared = settings_of(host), stack_here(host)
options = run_of(host.state).options_of("restart")
step = Steps("restart", of=9 + len(beside(declared, options)))

survey = preflight(settings, runbook=True)
locked(settings, why=f"restart: {options.reason}" if options.reason else "restart")
runbook.checked(name=step("nothing has drifted"), stack=declared, options=options)
runbook.begun(name=step("status"), action="restart", stack=declared)
stopping.logs_saved(name=step("logs saved"), stack=declared, action="restart")
runbook.announced(
    name=step("images fetched again"),
    skipped="" if options.pull else "not asked for (--pull, or --data pull=true)",
)
docker(settings, survey)
images(settings, again=options.pull)
stop_stack(settings, options, step)
runbook.starting(name=step(f"settings applied; {declared.in_turn} starts"))
directories(settings)
plugins(settings)
secrets(settings)
files(settings, survey)
scripts(settings, survey)
stack(settings)
watch(settings, survey)
health(settings)
plugins_loaded(settings)
runbook.judged(name=step("overallHealth=healthy"), settings=settings)
runbook.recorded(name=step("record in the audit"), result=HEALTHY)
