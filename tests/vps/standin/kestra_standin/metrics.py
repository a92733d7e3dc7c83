"""Metric and logger names, as many as a scraper needs to recognise the server."""

import time

from .messages import Response

_STARTED = time.time()

NAMES = [
    "executor.active",
    "executor.queued",
    "hikaricp.connections",
    "hikaricp.connections.active",
    "hikaricp.connections.max",
    "http.server.requests",
    "jvm.memory.max",
    "jvm.memory.used",
    "kestra.jdbc.query.duration",
    "kestra.worker.job.pending",
    "kestra.worker.job.running",
    "process.start.time",
    "process.uptime",
    "system.cpu.count",
    "system.load.average.1m",
]

LOGGERS = {
    "levels": ["ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF", "NOT_SPECIFIED"],
    "loggers": {
        "ROOT": {"configuredLevel": "WARN", "effectiveLevel": "WARN"},
        "io.kestra": {"configuredLevel": "INFO", "effectiveLevel": "INFO"},
    },
}

_FRAME = {
    "moduleName": "java.base",
    "moduleVersion": "25.0.3",
    "methodName": "sleepNanos0",
    "fileName": "Thread.java",
    "lineNumber": -2,
    "className": "java.lang.Thread",
    "nativeMethod": True,
}
THREADS = [
    {
        "threadName": "standalone",
        "threadId": 3,
        "blockedTime": -1,
        "blockedCount": 0,
        "waitedTime": -1,
        "waitedCount": 0,
        "lockOwnerId": -1,
        "daemon": False,
        "inNative": False,
        "suspended": False,
        "threadState": "TIMED_WAITING",
        "priority": 5,
        "stackTrace": [_FRAME],
    }
]


#: Numbers of threads, as the start declares them.
GAUGES: dict[str, int] = {}


def prometheus() -> Response:
    """Answer in Prometheus' text format; the samples are the stand-in's own."""
    lines = [
        "# HELP executor_active_threads The approximate number of threads"
        " that are actively executing tasks",
        "# TYPE executor_active_threads gauge",
        'executor_active_threads{name="jdbc-queue-Execution"} 2.0',
        "# HELP kestra_worker_job_running Jobs running in the worker",
        "# TYPE kestra_worker_job_running gauge",
        "kestra_worker_job_running 0.0",
        "# HELP process_uptime_seconds The uptime of the process",
        "# TYPE process_uptime_seconds gauge",
        f"process_uptime_seconds {time.time() - _STARTED:.3f}",
    ]
    for name, count in GAUGES.items():
        lines += [f"# TYPE {name} gauge", f"{name} {count:.1f}"]
    body = "".join(f"{line}\n" for line in lines).encode()
    return Response(200, body, "text/plain; version=0.0.4")
