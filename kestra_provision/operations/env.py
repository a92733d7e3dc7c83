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

_HEADER = (
    "# Managed by kestra-provision. Settings come from the inventory; secrets stay as they are.\n"
)


@operation()
def converged(
    root_dir: str, settings: Mapping[str, str], given: Mapping[str, str]
) -> Generator[PyinfraCommand]:
    """Writes `.env`, mode 0600: settings as declared, missing secrets generated, the rest kept.

    + root_dir: directory of the stack
    + settings: value by key; a hand edit of one is put back
    + given: secrets of the operator, used only where the host has none yet

    `files.template` and `files.put` show old and new content with `--diff`, leave a readable
    temporary file, and know nothing of keys that must survive.
    """
    try:
        seen = read_env(host, root_dir)
        wanted = seen.file.updated({**settings, **_secrets(seen, given)})
    except EnvFileError as error:
        yield failure(str(error))
        return
    _say_differences(seen, settings, given)
    if wanted.values == seen.file.values and seen.access == MODE:
        host.noop(f"{env_path(root_dir)} holds settings and secrets")
        return
    text = wanted.render() if seen.access else _HEADER + wanted.render()
    yield commands.write_file(env_path(root_dir), text, mode="600", uid=0, gid=0)


def _secrets(seen: HostEnv, given: Mapping[str, str]) -> dict[str, str]:
    """Every secret the host shall have: its own first, then the operator's, else a new one."""
    return {
        name: seen.secrets.get(name) or given.get(name) or passwords.generate(name)
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
