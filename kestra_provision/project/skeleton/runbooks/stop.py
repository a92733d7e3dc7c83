"""pyinfra inventory runbooks/stop.py. The content comes with kestra-provision."""

from kestra_provision.project import run

run("runbooks/stop.py")
