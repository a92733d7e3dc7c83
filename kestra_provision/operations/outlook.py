"""What becomes of the stack: as it is now, and as it will be by what earlier operations make."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace

from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host

from kestra_provision.commands.compose import hashes_of
from kestra_provision.facts.container import Container
from kestra_provision.facts.stack import StackSeen
from kestra_provision.remote.shell import run_quietly
from kestra_provision.run import ahead
from kestra_provision.run.coming import Coming, Fate
from kestra_provision.secrets.env import env_path
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack


def foreseen(host: Host, stack: Stack, seen: StackSeen) -> StackSeen:
    """The live containers beside the files and images that the host will have by then.

    It costs a channel where the compose file or `.env` is about to be written, and none else.
    """
    coming = ahead.of(host)
    compose_file = coming.files.get(Layout(stack.root).compose)
    env = coming.files.get(env_path(stack.root))
    if seen.containers and not (compose_file is None and env is None):
        seen = _rehashed(host, stack, seen, compose_file, env)
    return _refilled(stack, _reimaged(stack, seen, coming), coming)


def fates(
    stack: Stack,
    seen: StackSeen,
    orphans: Collection[str],
    differences: Mapping[str, str],
    released: Collection[Service],
    silent: bool,
) -> dict[str, Fate]:
    """What happens to each service that is touched; one that only gets its name back is not.

    A container of no service any more is among them under its own name.

    + seen: as foreseen, the containers of the stack's services
    + orphans: containers of ours that are of no service
    + differences: by container
    + released: who is stopped for what it needs
    + silent: Docker does not tell what it has, so that nothing is certain
    """
    found: dict[str, Fate] = {}
    for service in stack.services:
        there = _container(seen, service)
        if there is None or not there.alive:
            if service.container in differences:
                found[service.name] = "starts"
        elif service in released:
            unsure = any(found.get(need) == "may-restart" for need in service.needs)
            found[service.name] = "may-restart" if unsure else "restarts"
        elif _difference(seen, service, there):
            known = replace(
                seen,
                unknown=frozenset(),
                hashes=seen.hashes or {there.service: there.config_hash},
            )
            sure = _difference(known, service, there)
            found[service.name] = "restarts" if sure else "may-restart"
    if silent:
        return dict.fromkeys(found, "may-restart")
    return found | dict.fromkeys(orphans, "stops")


def _rehashed(
    host: Host, stack: Stack, seen: StackSeen, compose_file: str | None, env: str | None
) -> StackSeen:
    folder = f"/run/kestra-provision-{secrets.token_hex(8)}"
    script = hashes_of(stack.root, compose_file, env, folder)
    result = run_quietly(host, StringCommand("sh -s"), stdin=script)
    return seen.with_hashes(result.stdout.splitlines())


def _reimaged(stack: Stack, seen: StackSeen, coming: Coming) -> StackSeen:
    ids, unknown = dict(seen.images), set[str]()
    for service in stack.services:
        fetched, there = coming.images.get(service.image), _container(seen, service)
        if fetched is None or there is None:
            continue
        if there.image == fetched.id:
            ids[service.image] = fetched.id
        elif not (fetched.another and there.image == ids.get(service.image)):
            ids[service.image] = there.image
            unknown.add(service.image)
        else:
            ids[service.image] = fetched.id
    return replace(seen, images=ids, unknown=frozenset(unknown))


def _refilled(stack: Stack, seen: StackSeen, coming: Coming) -> StackSeen:
    """Containers do not see a file that takes the place of one they have."""
    containers = dict(seen.containers)
    for service in stack.services:
        names = [f.path.rpartition("/")[2] for f in service.mounted if f.path in coming.replaced]
        if names and (there := _container(seen, service)):
            containers[there.name] = replace(there, stale=tuple(names))
    return replace(seen, containers=containers)


def _container(seen: StackSeen, service: Service) -> Container | None:
    """Under its own name, or the one that somebody gave it."""
    by_name = seen.containers.get(service.container)
    others = (each for each in seen.containers.values() if each.service == service.name)
    return by_name or next(others, None)


def _difference(seen: StackSeen, service: Service, there: Container) -> str | None:
    """Why it is made anew or restarted; one that is frozen is only woken.

    Docker calls it unhealthy by then, for its check could not answer.
    """
    health = "" if there.status == "paused" else there.health
    awake = {**seen.containers, there.name: replace(there, status="running", health=health)}
    return replace(seen, containers=awake).difference(there.name, service.image, service.networks)
