"""From a bare VPS to a healthy, self-hosted Kestra, and keeps it there."""

import gc

# A run makes objects by the hundred thousand and keeps them until its end: looking for garbage
# among them took a sixth of the time of each start.
gc.set_threshold(100_000, 20, 20)

__version__ = "0.1.0"

#: Whatever this project puts on a host carries this mark: the label of containers, networks and
#: volumes, the first line of files. Only marked things are ever replaced or removed.
LABEL = "io.kestra-provision.managed"
#: The sum of the configuration a container was made for.
CONFIG_LABEL = "io.kestra-provision.config-sha256"
#: The memory in MiB that a container was made with.
MEMORY_LABEL = "io.kestra-provision.memory-mb"
#: The number of processes and threads that a container was made to start at most.
PIDS_LABEL = "io.kestra-provision.pids"
HEADER = "Managed by kestra-provision"
