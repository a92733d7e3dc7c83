"""The whole job, one line a stage: pyinfra inventory deploy.py"""

from pyinfra import host

from kestra_provision.run.state import settings_of
from tasks.directories import directories
from tasks.docker import docker
from tasks.files import files
from tasks.flows import flows
from tasks.health import health
from tasks.images import images
from tasks.lock import locked
from tasks.plugins import plugins, plugins_loaded
from tasks.preflight import preflight
from tasks.script_images import script_images
from tasks.scripts import scripts
from tasks.secrets import secrets
from tasks.smoke import smoke
from tasks.stack import stack
from tasks.watch import watch

settings = settings_of(host)

survey = preflight(settings)  # refuses a host before anything changes
locked(settings, why="deploy")
docker(settings, survey)
images(settings)
directories(settings)
plugins(settings)
secrets(settings)
files(settings, survey)
scripts(settings, survey)
stack(settings)
watch(settings, survey)  # before the gate, so that one that fails still leaves a watch
health(settings)
plugins_loaded(settings)
script_images(settings)
flows(settings)
smoke(settings)  # what the flows of the repository need is there by now
