"""Formats for `docker inspect` of a container.

No environment in them: secrets are in there, and pyinfra prints what facts answer at `-vvv`.
"""

from __future__ import annotations

from kestra_provision import LABEL

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
_HEALTH = "{{if .State.Health}}{{.State.Health.Status}}{{end}}"

#: A line for the host's scripts, which take it apart. With the log's path, because its file is read
#: in a fraction of the time that Docker takes to tell it. No index into the ports: its key is of a
#: type of its own, and Docker then takes raw JSON, where one that never ran has no Health.
LINE = "|".join(
    [
        "{{.State.Status}}",
        _HEALTH,
        "{{.RestartCount}}",
        "{{.State.ExitCode}}",
        "{{.State.OOMKilled}}",
        "{{.State.StartedAt}}",
        "{{.State.Pid}}",
        "{{.HostConfig.Memory}}",
        f'{{{{index .Config.Labels "{LABEL}"}}}}/{{{{index .Config.Labels "{PROJECT}"}}}}',
        "{{.LogPath}}",
        "{{json .HostConfig.PortBindings}}",
    ]
)

#: What `docker update` sets beside memory, processes and CPUs, by its options; none is declared.
_UPDATED = {
    "cpu-shares": "{{.HostConfig.CPUShares}}",
    "cpu-quota": "{{.HostConfig.CPUQuota}}",
    "cpuset-cpus": "{{json .HostConfig.CpusetCpus}}",
    "cpuset-mems": "{{json .HostConfig.CpusetMems}}",
    "memory-reservation": "{{.HostConfig.MemoryReservation}}",
    "blkio-weight": "{{.HostConfig.BlkioWeight}}",
}
_JOINED = ",".join(f'"{name}":{value}' for name, value in _UPDATED.items())

#: What the laptop knows of a container. The name comes first: the shell tells lines apart by it.
JSON = (
    '{"name":{{json .Name}},"image":{{json .Image}},"reference":{{json .Config.Image}},'
    '"status":{{json .State.Status}},'
    f'"health":"{_HEALTH}","restarts":{{{{.RestartCount}}}},'
    '"exit_code":{{.State.ExitCode}},"oom":{{.State.OOMKilled}},'
    '"started":{{json .State.StartedAt}},"restart":{{json .HostConfig.RestartPolicy.Name}},'
    '"memory":{{.HostConfig.Memory}},"pids":{{json .HostConfig.PidsLimit}},'
    '"cpus":{{.HostConfig.NanoCPUs}},"swap":{{.HostConfig.MemorySwap}},'
    f'"updated":{{{_JOINED}}},'
    '"ports":{{json .NetworkSettings.Ports}},"networks":{{json .NetworkSettings.Networks}},'
    '"labels":{{json .Config.Labels}}}'
)
