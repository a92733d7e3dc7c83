"""`.env`: settings follow the inventory, secrets belong to the host."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand

from kestra_provision import commands, passwords
from kestra_provision.env_file import EnvFileError
from kestra_provision.host_env import MODE, HostEnv, env_path, read_env
from kestra_provision.operations.failure import failure
from kestra_provision.remains import Remains, lost_secrets, remains

_HEADER = (
    "# Managed by kestra-provision. Settings come from the inventory; secrets stay as they are.\n"
)


@operation()
def converged(
    root_dir: str, project: str, settings: Mapping[str, str], given: Mapping[str, str]
) -> Generator[PyinfraCommand]:
    """Writes `.env`, mode 0600: settings as declared, missing secrets generated, the rest kept.

    A secret that is missing or cut off is taken from our containers where they still hold it.

    + root_dir: directory of the stack
    + project: its compose project
    + settings: value by key; a hand edit of one is put back
    + given: secrets of the operator, used only where the host has none yet

    `files.template` and `files.put` show old and new content with `--diff`, leave a readable
    temporary file, and know nothing of keys that must survive.
    """
    try:
        seen = read_env(host, root_dir)
        found = remains(host, project, seen)
        wanted = seen.file.updated({**settings, **_secrets(seen, found, given)})
    except EnvFileError as error:
        yield failure(str(error))
        return
    if lost := found.lost(seen, given):
        yield failure(str(lost_secrets(root_dir, found, lost)))
        return
    for name in found.better(seen):
        host.log(f".env: {name} is missing or cut off, and taken from our container")
    _say_differences(seen, settings, given)
    if wanted.render() == seen.text and seen.access == MODE:
        host.noop(f"{env_path(root_dir)} holds settings and secrets")
        return
    text = wanted.render() if seen.access else _HEADER + wanted.render()
    yield commands.write_file(env_path(root_dir), text, mode="600", uid=0, gid=0)


def _secrets(seen: HostEnv, found: Remains, given: Mapping[str, str]) -> dict[str, str]:
    """Every secret the host shall have: its own first, then the operator's, else a new one."""
    of_host = {**seen.secrets, **found.better(seen)}
    return {
        name: of_host.get(name) or given.get(name) or passwords.generate(name)
        for name in passwords.NAMES
    }


def _say_differences(seen: HostEnv, settings: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Names keys, never values of secrets."""
    if not seen.access:
        return
    current = seen.file.values
    for key, value in settings.items():
        if current.get(key) != value:
            before = f"{current[key]!r} in the file" if key in current else "missing"
            host.log(f".env: {key} was {before}, puts back {value!r} of the inventory")
    for name, value in given.items():
        if seen.secrets.get(name, value) != value:
            host.log(
                f".env: {name} on the host differs from yours and is kept; "
                "remove yours, or the one on the host if it was never used",
                log_func=logger.warning,
            )
    known = {*settings, *passwords.NAMES}
    if unknown := sorted(set(current) - known):
        host.noop(f".env keys of the operator's own are kept: {', '.join(unknown)}")
