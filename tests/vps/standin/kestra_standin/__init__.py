"""A stand-in for Kestra, for tests that have no Kestra image: never for running workflows.

0.20 and 1.3 are played as they were recorded (tests/contract), 1.3 for everything from 1.0 on; the
tag of the image says which. What 2.0 does otherwise is not recorded.

Tests may set in the container's environment, in seconds:

+ STANDIN_START_SECONDS: how long a start takes (1)
+ STANDIN_DB_LOSS_SECONDS: how long a silent database is borne until `/health` is down (30)
+ STANDIN_ZOMBIE_SECONDS: how long a server goes on whose pollers have ended (110)

The last is had from a real server in the same way: rename the table `queues` until the log says
`Initiating shutdown`, and back. Health is UP and the API answers, executions stay CREATED.

Not played: memory, the number of connections, the order and the time in which pollers end; a
PostgreSQL that is stopped always ends the server at once, a real one may become the above too.
"""
