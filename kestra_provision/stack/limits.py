"""Numbers that the code and the files on a host must agree on; every template has them."""

#: Seconds that Kestra gives running tasks to end when it is stopped.
TASKS_GRACE = 300

#: A container that came back this often, the last time within so many seconds, will not stay.
RESTART_LOOP = 3
JUST_STARTED = 60

#: Seconds that a server whose start has failed has to exit; after that it stays as it is.
JUST_FAILED = 10

#: Percent of disk and inodes that must be free; databases and Docker stop in ugly ways on a full
#: disk.
MIN_DISK_FREE = 10
#: Percent of memory that must be free: below it the kernel ends Kestra's JVM first.
MIN_MEMORY_FREE = 5
