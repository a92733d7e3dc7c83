"""pyinfra inventory runbooks/flows.py. The content comes with kestra-provision."""

from kestra_provision.project import run

run("runbooks/flows.py")
