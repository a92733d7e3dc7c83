"""The live compose project: its containers beside what the files on the host declare."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision.commands.audit import Versions
from kestra_provision.commands.compose import compose
from kestra_provision.facts import container, docker
from kestra_provision.facts.container import Container
from kestra_provision.facts.replaced import SECTION, by_container, replaced
from kestra_provision.facts.script import script, section, split
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack as DeclaredStack

#: `docker compose config --hash '*'` prints a line for each service.
_HASH = re.compile(r"(\S+) ([0-9a-f]{64})")

#: By service: container names, image references, networks.
Names = Mapping[str, str]
Networks = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class StackSeen:
    """Containers by name, the hash of each declared service, and the id each image tag has now.

    + complaint: why compose tells no hashes, in its words
    + unknown: tags that are about to be fetched, whose id only that tells
    + volumes: the project's, used or not
    """

    containers: dict[str, Container] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    complaint: str = ""
    images: dict[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    volumes: tuple[str, ...] = ()

    @property
    def paused(self) -> list[str]:
        """Containers that somebody froze; compose cannot start them."""
        return [c.name for c in self.containers.values() if c.status == "paused"]

    @property
    def unhealthy(self) -> list[str]:
        """Containers that run, whose health check fails; compose leaves them as they are."""
        return [
            c.name
            for c in self.containers.values()
            if c.status == "running" and c.health == "unhealthy"
        ]

    def versions(self, declared: Mapping[str, str]) -> Versions:
        """What runs, as the audit keeps it.

        + declared: container name by service, the main one first
        """
        found: dict[str, str] = {}
        for service, name in declared.items():
            there = self.containers.get(name)
            found |= {service: there.reference, f"{service}_id": there.image} if there else {}
        main = self.containers.get(next(iter(declared.values())))
        return {**found, "config": main.config_hash if main else ""}

    def renamed(self, declared: Mapping[str, str]) -> dict[str, str]:
        """Present name by right name of our containers that somebody renamed.

        Compose knows its containers by label, and leaves such a one as it is called.
        """
        return {
            declared[c.service]: c.name
            for c in self.containers.values()
            if c.service in declared and declared[c.service] not in self.containers
        }

    def difference(self, name: str, reference: str, networks: frozenset[str]) -> str | None:
        """Why the container must be touched; None when it is as declared."""
        found = self.containers.get(name)
        if found is None:
            return "does not exist"
        if found.status != "running":
            return f"is {found.status}"
        if found.health == "unhealthy":
            return "is unhealthy"
        if found.image != self.images.get(reference):
            return f"runs another image than {reference}"
        if not self.hashes:
            return f"cannot be compared with compose.yaml: {self.complaint or 'no answer'}"
        if found.config_hash != self.hashes.get(found.service):
            return "was made from other values than compose.yaml and .env have"
        changed = found.changed_behind_compose(networks)
        if not changed and reference in self.unknown:
            return f"may run another image than {reference}, which is fetched"
        return changed

    def with_hashes(self, lines: Sequence[str]) -> StackSeen:
        """The same containers, beside what compose says of other files.

        + lines: of `docker compose config --hash '*'`
        """
        hashes, complaint = _hashes([*lines])
        return replace(self, hashes=hashes, complaint=complaint)

    def differences(self, declared: Names, references: Names, networks: Networks) -> dict[str, str]:
        """Why `compose up` must run, by container; empty when the live stack is the declared one.

        + declared: container name by service
        + references: image reference by service
        + networks: names of networks by service
        """
        found = {
            name: reason
            for service, name in declared.items()
            if (reason := self.difference(name, references[service], networks[service]))
        }
        return found | dict.fromkeys(self.orphans(declared), "belongs to no service any more")

    def orphans(self, declared: Collection[str]) -> list[str]:
        """Containers of ours that are of no service; who has not our label is nobody's business.

        + declared: services
        """
        return [c.name for c in self.containers.values() if c.managed and c.service not in declared]

    def of_services(self, declared: Collection[str]) -> StackSeen:
        """The same, with no other containers than those of these services."""
        kept = {name: c for name, c in self.containers.items() if c.service in declared}
        return replace(self, containers=kept)

    def recreated(self, networks: Networks) -> list[str]:
        """Services that compose would leave as they are, though somebody changed them."""
        return [
            c.service
            for c in self.containers.values()
            if c.service in networks and c.changed_behind_compose(networks[c.service])
        ]


class Stack(FactBase[StackSeen]):
    """Containers of one compose project, and what its files declare.

    + root_dir: the project's directory
    + project: its name
    + names: of the declared containers
    + references: the declared images
    + mounts: where containers find their configuration
    + files: further files of the host that they read at their start, by where they find them

    Compose puts the hash of a service's whole definition, interpolated, on its container and
    compares it at `up`; `config --hash` tells the one of now. `up --dry-run` would be the shorter
    question, but with `-d` some releases do it for real (docker/compose#14029).
    """

    def command(
        self,
        root_dir: str,
        project: str,
        names: Sequence[str],
        references: Sequence[str],
        mounts: Sequence[str],
        files: Mapping[str, str],
    ) -> str:
        containers, images = docker.inspected(project, names), docker.images(references)
        # Of all services at once: asked for one, some releases forget what it depends on.
        hashes = compose(root_dir, "config --hash '*'")
        compose_file = shlex.quote(Layout(root_dir).compose)
        return script(
            # It takes longest: meanwhile others, side by side with this, ask what both want.
            section(
                "hashes",
                f"if [ -f {compose_file} ]; then {hashes} 2>&1; "
                f"else echo {compose_file} is missing; fi",
            ),
            section(
                "containers", f"{containers.ask} | sed -n {shlex.quote(f's/^json {project} //p')}"
            ),
            # Through the container's own root: what it sees, not what lies on the host.
            section(
                "configs",
                f"{containers.ask} | while read -r kind project name pid; do "
                f'[ "$kind $project" = {shlex.quote(f"pid {project}")} ] || continue; '
                f"set --; for f in {shlex.join(mounts)}; do f=/proc/$pid/root$f; "
                '[ "$pid" = 0 ] || [ ! -f $f ] || set -- "$@" $f; done; '
                '[ $# = 0 ] || echo ${name#/} $(cat "$@" | sha256sum); done',
            ),
            *replaced(containers, project, files),
            section("images", f"{images.ask} | while read -r i id content; do echo $i $id; done"),
            section(
                "volumes",
                f"{docker.VOLUMES.ask} | while IFS='|' read -r v ours project folder; do "
                f'[ "$project" != {shlex.quote(project)} ] || echo $v; done',
            ),
            section("docker", docker.INFO.ask),
            asks=(containers, images, docker.VOLUMES, docker.INFO),
        )

    @staticmethod
    def default() -> StackSeen:
        return StackSeen()

    def process(self, output: list[str]) -> StackSeen:
        seen = split(output)
        sums = {line.split()[0]: line.split()[1] for line in seen.get("configs", [])}
        lines = [line for line in seen.get("containers", []) if line]
        told = docker.limits(docker.info(seen.get("docker", [])))
        limits = [name for name in container.LIMITS if told.get(name, True)]
        stale = by_container(seen.get(SECTION, []))
        containers = [container.parse(json.loads(line), sums, limits, stale) for line in lines]
        pairs = [line.split() for line in seen.get("images", [])]
        hashes, complaint = _hashes(seen.get("hashes", []))
        return StackSeen(
            containers={c.name: c for c in containers},
            hashes=hashes,
            complaint=complaint,
            volumes=tuple(line for line in seen.get("volumes", []) if line),
            images={pair[0]: pair[1] for pair in pairs if len(pair) == 2},
        )


def _hashes(lines: list[str]) -> tuple[dict[str, str], str]:
    """The hash by service, among compose's warnings; else its complaint."""
    found = [match for line in lines if (match := _HASH.fullmatch(line.strip()))]
    hashes = {match[1]: match[2] for match in found}
    complaint = " ".join(line.strip() for line in lines[-2:]).strip()
    if "/.env" in complaint:
        complaint = "it cannot read .env"  # its own words quote the line, and secrets are in there
    return hashes, "" if hashes else complaint


def stack_arguments(stack: DeclaredStack) -> dict[str, Any]:
    """What `Stack` is asked with."""
    return {
        "root_dir": stack.root,
        "project": stack.project,
        "names": [*stack.containers.values()],
        "references": list(stack.images.values()),
        "mounts": [each.mount for each in stack.configurations],
        "files": {file.mount: file.path for file in stack.mounted},
    }
