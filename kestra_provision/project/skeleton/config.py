"""pyinfra reads this before the inventory. The content comes with kestra-provision."""

from kestra_provision.project import run

run("config.py")
