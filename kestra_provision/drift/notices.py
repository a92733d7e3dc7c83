"""Worth knowing before a restart, though nothing declared differs."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.facts.condition import HostCondition
from kestra_provision.facts.stack import StackSeen
from kestra_provision.findings import Difference
from kestra_provision.settings import Settings

#: Percent; PostgreSQL and Docker stop in ugly ways on a full disk.
DISK_FULL = 90
#: Percent of memory that must be left: below it the kernel ends Kestra's JVM first.
MEMORY_LEFT = 5


def of_host(seen: HostCondition) -> Iterator[Difference]:
    """Thresholds of disk and memory, and a reboot that is due."""
    for kind, used in (("disk", seen.disks), ("inodes", seen.inodes)):
        for place, percent in used.items():
            if percent >= DISK_FULL:
                fix = "docker system df; journalctl --disk-usage; apt-get clean"
                yield _notice(f"{kind} {place}", f"under {DISK_FULL} % used", f"{percent} %", fix)
    if seen.memory_mb and seen.available_mb * 100 < seen.memory_mb * MEMORY_LEFT:
        yield _notice(
            "memory",
            f"{MEMORY_LEFT} % free",
            f"{seen.available_mb} MB of {seen.memory_mb} MB are available",
            "docker stats shows who has it; kestra_memory_mb limits Kestra",
        )
    if seen.reboot:
        yield _notice("reboot", "none due", seen.reboot, "stop Kestra, then reboot the host")


def of_stack(settings: Settings, seen: StackSeen) -> Iterator[Difference]:
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
        if volume != settings.volume:
            fix = f"docker volume rm {volume}, once you know that nothing in it is needed"
            yield _notice(f"volume {volume}", "not there", "ours, and of no service", fix)


def _notice(what: str, declared: str, actual: str, fix: str) -> Difference:
    return Difference(what, declared, actual, fix, "notice")
