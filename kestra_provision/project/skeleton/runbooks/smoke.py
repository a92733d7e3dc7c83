"""pyinfra inventory runbooks/smoke.py. The content comes with kestra-provision."""

from kestra_provision.project import run

run("runbooks/smoke.py")
