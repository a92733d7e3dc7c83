"""The whole job: pyinfra inventory deploy.py. The content comes with kestra-provision."""

from kestra_provision.project import run

run("deploy.py")

# Operations of your own may follow. Keep them in a folder of another name than `tasks`.
