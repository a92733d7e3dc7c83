"""Worth knowing before a restart, though nothing declared differs."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.facts.condition import HostCondition
from kestra_provision.facts.stack import StackSeen
from kestra_provision.stack.limits import MIN_DISK_FREE, MIN_MEMORY_FREE
from kestra_provision.stack.stack import Stack
from kestra_provision.text.difference import Difference

#: Percent in use; above it the health check on the host complains as well.
_DISK_FULL = 100 - MIN_DISK_FREE


def of_host(seen: HostCondition) -> Iterator[Difference]:
    """Thresholds of disk and memory, and a reboot that is due."""
    most = f"at most {_DISK_FULL} % used"
    for kind, used in (("disk", seen.disks), ("inodes", seen.inodes)):
        for place, percent in used.items():
            if percent > _DISK_FULL:
                fix = "docker system df; journalctl --disk-usage; apt-get clean"
                yield _notice(f"{kind} {place}", most, f"{percent} %", fix)
    if seen.memory_mb and seen.available_mb * 100 < seen.memory_mb * MIN_MEMORY_FREE:
        yield _notice(
            "memory",
            f"{MIN_MEMORY_FREE} % free",
            f"{seen.available_mb} MiB of {seen.memory_mb} MiB are available",
            "docker stats shows who has it; kestra_memory_mb limits Kestra",
        )
    if seen.reboot:
        yield _notice("reboot", "none due", seen.reboot, "stop Kestra, then reboot the host")


def of_stack(stack: Stack, seen: StackSeen) -> Iterator[Difference]:
    """Restarts that Docker made by itself, and volumes of ours that no service uses."""
    for container in seen.containers.values():
        if container.restarts:
            yield _notice(
                f"container {container.name}",
                "0 restarts",
                f"restarted {container.restarts} times by itself since it was made",
                f"docker logs --tail 200 {container.name} tells why",
            )
    for volume in seen.volumes:
        if volume not in [declared.name for declared in stack.mounted_volumes]:
            fix = f"docker volume rm {volume}, once you know that nothing in it is needed"
            yield _notice(f"volume {volume}", "not there", "ours, and of no service", fix)


def _notice(what: str, declared: str, actual: str, fix: str) -> Difference:
    return Difference(what, declared, actual, fix, "notice")
