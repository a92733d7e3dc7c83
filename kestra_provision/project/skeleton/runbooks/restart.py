"""pyinfra inventory runbooks/restart.py. The content comes with kestra-provision."""

from kestra_provision.project import run

run("runbooks/restart.py")
