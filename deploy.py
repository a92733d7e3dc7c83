"""The whole job, one line a stage: pyinfra inventory deploy.py"""

from pyinfra import host

from kestra_provision.session import settings_of
from tasks.directories import directories
from tasks.docker import docker
from tasks.files import files
from tasks.health import health
from tasks.images import images
from tasks.preflight import preflight
from tasks.secrets import secrets
from tasks.stack import stack

settings = settings_of(host)

survey = preflight(settings)  # refuses a host before anything changes
docker(settings, survey)
images(settings)
directories(settings)
secrets(settings)
files(settings, survey)
stack(settings)
health(settings)
