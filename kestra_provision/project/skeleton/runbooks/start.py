"""pyinfra inventory runbooks/start.py. The content comes with kestra-provision."""

from kestra_provision.project import run

run("runbooks/start.py")
