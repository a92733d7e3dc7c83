"""One live container of the stack, and what compose does not see of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kestra_provision import CONFIG_LABEL, LABEL, MEMORY_LABEL, PIDS_LABEL
from kestra_provision.commands.inspect import SERVICE

#: States in which a container is woken or left to compose; any other one is made anew, which
#: forgets its restarts and mounts again what lies on the host now.
_ALIVE = ("running", "paused")
#: The restart policy of both services in the compose file.
RESTART = "unless-stopped"
#: What a kernel may let Docker limit, or not.
LIMITS = ("memory", "pids")


@dataclass(frozen=True)
class Container:
    """A container as `docker inspect` shows it, without its environment.

    `config_hash` is compose's own, of the service it was made from. `declared_config` is the sum
    of the configuration it was made for, `mounted_config` of the one it sees; both are empty
    where there is none. Memory is in MiB, `pids` counts processes and threads; 0 is no limit.
    `updated` are limits of `docker update` that are neither, with their values.
    `stale` are files that it sees no more as they lie on the host.
    `reference` is the image's name, `managed` whether it carries our label.
    """

    name: str
    service: str
    image: str
    status: str
    health: str = ""
    restarts: int = 0
    restart: str = RESTART
    memory_mb: int = 0
    declared_memory_mb: int = 0
    pids: int = 0
    declared_pids: int = 0
    cpus: float = 0
    updated: tuple[str, ...] = ()
    networks: frozenset[str] = frozenset()
    config_hash: str = ""
    declared_config: str = ""
    mounted_config: str = ""
    stale: tuple[str, ...] = ()
    reference: str = ""
    managed: bool = True

    @property
    def alive(self) -> bool:
        """It runs, or would when woken."""
        return self.status in _ALIVE

    def changed_behind_compose(self, networks: frozenset[str]) -> str | None:
        """What somebody changed that compose does not compare; None when nothing.

        + networks: the declared ones

        A bind-mounted file that is replaced keeps its old content inside the container, and
        `docker network connect` and `docker update` leave the label of compose alone.
        """
        if not self.alive:
            return f"is {self.status}"
        if self.status == "running" and self.mounted_config != self.declared_config:
            return "sees another configuration than it was made for"
        if self.status == "running" and self.stale:
            return f"sees another {' and '.join(self.stale)} than lies on the host"
        if self.networks != networks:
            has = ", ".join(sorted(self.networks)) or "none"
            return f"has the networks {has}, not {', '.join(sorted(networks))}"
        if self.restart != RESTART:
            return f"has the restart policy {self.restart}, not {RESTART}"
        if self.memory_mb != self.declared_memory_mb:
            return f"may use {self.memory_mb} MiB of memory, not {self.declared_memory_mb}"
        if self.pids != self.declared_pids:
            return f"may start {self.pids or 'any number of'} processes, not {self.declared_pids}"
        if self.cpus:
            return f"may use {self.cpus:g} CPUs, and none were limited"
        if self.updated:
            return f"was given limits by docker update: {', '.join(self.updated)}"
        return None


def parse(
    found: dict[str, Any],
    sums: Mapping[str, str],
    limits: Collection[str] = LIMITS,
    stale: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Container:
    """A container from what `docker inspect` prints in the form of `commands.inspect.JSON`.

    + sums: sum of the mounted configuration by container name
    + limits: those of `LIMITS` that this kernel can; where it cannot, Docker makes containers
      without a limit, and starts none again that has one
    + stale: by container name, the names of such files
    """
    labels = found["labels"] or {}
    name = str(found["name"]).lstrip("/")
    return Container(
        name=name,
        service=labels.get(SERVICE, ""),
        image=found["image"],
        status=found["status"],
        health=found["health"],
        restarts=found["restarts"],
        restart=found["restart"],
        memory_mb=found["memory"] // 1024**2,
        declared_memory_mb=int(labels.get(MEMORY_LABEL) or 0) if "memory" in limits else 0,
        # Docker says null, 0 or -1 for one that has no limit.
        pids=max(found["pids"] or 0, 0),
        declared_pids=int(labels.get(PIDS_LABEL) or 0) if "pids" in limits else 0,
        cpus=found["cpus"] / 1e9,
        updated=tuple(_updated(found)),
        networks=frozenset(found["networks"] or ()),
        config_hash=labels.get("com.docker.compose.config-hash", ""),
        declared_config=labels.get(CONFIG_LABEL, ""),
        mounted_config=sums.get(name, ""),
        stale=tuple(stale.get(name, ())),
        reference=found.get("reference", ""),
        managed=labels.get(LABEL) == "true",
    )


def _updated(found: dict[str, Any]) -> Iterator[str]:
    """Docker gives as much swap as memory, and calls it -1 where the kernel limits none."""
    for name, value in found["updated"].items():
        if value:
            yield f"{name} {value}"
    if found["memory"] and found["swap"] not in (0, -1, 2 * found["memory"]):
        yield f"memory-swap {found['swap']}"
