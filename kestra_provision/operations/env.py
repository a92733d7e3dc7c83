"""`.env`: settings follow the inventory, secrets belong to the host."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.host import Host

from kestra_provision import HEADER
from kestra_provision.commands.files import write_file
from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.profiles import SETTINGS
from kestra_provision.run import ahead
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs, notice
from kestra_provision.run.observation import observed
from kestra_provision.run.state import of
from kestra_provision.secrets.env import MODE, HostEnv, env_path, observed_env
from kestra_provision.secrets.recovered import Remains, lost_secrets, remains
from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.settings.environment import names_in_env
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack
from kestra_provision.text.difference import MISSING

_HEADER = f"# {HEADER}. Settings come from the inventory; secrets stay as they are.\n"


@operation()
def converged(
    stack: Stack,
    given: Mapping[str, str],
) -> Generator[PyinfraCommand]:
    """Writes `.env`, mode 0600: settings as declared, missing secrets generated, the rest kept.

    A secret that is missing or cut off is taken from our containers where they still hold it.

    + stack: whose settings stand in `.env`; a hand edit of one is put back
    + given: secrets of the operator, used only where the host has none yet; an optional one
      replaces the host's

    `files.template` and `files.put` show old and new content with `--diff`, leave a readable
    temporary file, and know nothing of keys that must survive.
    """
    root_dir, settings = stack.root, stack.environment
    try:
        seen = observed_env(host, root_dir)
        # A complete file needs nobody's help, and the look is a channel.
        found = remains(host, stack) if seen.incomplete else Remains()
        wanted = seen.file.updated({**settings, **_secrets(stack, seen, found, given)})
    except EnvFileError as error:
        yield Failure(str(error))
        return
    if lost := found.lost(seen, given, stack.bound):
        yield Failure("; ".join(map(str, lost_secrets(stack, found, lost))))
        return
    _say_differences(seen, root_dir, settings, found)
    _say_optional(seen, given)
    _say_notices(seen, stack, given)
    if wanted.render() == seen.text and seen.access == MODE:
        host.noop(f"{env_path(root_dir)} holds settings and secrets")
        return
    text = wanted.render() if seen.access else _HEADER + wanted.render()
    if text != seen.text:
        coming = ahead.of(host)
        coming.files[env_path(root_dir)] = text
        coming.closed.add(env_path(root_dir))
    yield write_file(env_path(root_dir), text, mode="600", uid=0, gid=0)


def _secrets(
    stack: Stack, seen: HostEnv, found: Remains, given: Mapping[str, str]
) -> dict[str, str]:
    """Every secret the host shall have: its own first, then the operator's, else a new one."""
    of_host = {**seen.secrets, **found.better(seen)}
    kept = {
        name: of_host.get(name) or given.get(name) or passwords.generate(name)
        for name in stack.secret_names
    }
    return kept | {name: given[name] for name in passwords.OPTIONAL if name in given}


def _say_differences(
    seen: HostEnv, root_dir: str, settings: Mapping[str, str], found: Remains
) -> None:
    """Of secrets the names alone; of settings what is declared, and what cannot be a secret."""
    path = env_path(root_dir)
    for name in found.better(seen):
        actual = "missing or cut off, and taken from our container"
        differs(host, f".env: {name}", "a secret", actual)
    if not seen.access:
        differs(host, path, "settings and secrets", MISSING)
        return
    if seen.file.render() != seen.text:
        differs(host, path, "UTF-8, one line a key", "a byte order mark or other line ends")
    if seen.access != MODE:
        mode, uid, gid = seen.access.split()
        differs(host, path, "file 600 0:0", f"file {mode} {uid}:{gid}")
    for key, value in settings.items():
        if (there := seen.file.values.get(key)) != value:
            differs(host, f".env: {key}", value, _shown(there, value))
    for name in seen.missing:
        if name not in found.better(seen):
            differs(host, f".env: {name}", "a secret", "missing, and made anew")


def declared_before(host: Host) -> set[str]:
    """Values that settings of the host had at its last deploy, but for those with a secret."""
    record = observed(host, SettingsRecord, path=Layout(of(host).stack.root).settings)
    return {str(value) for value in record.values() if isinstance(value, str | int)}


def _shown(there: str | None, declared: str) -> str:
    """What a hand wrote into a setting may be a password by mistake.

    A port for a port is none, nor is what was declared at the last deploy.
    """
    if there is None:
        return "removed"
    if there in declared_before(host):
        return there
    is_port = declared.isdecimal() and there.isascii() and there.isdecimal() and len(there) <= 5
    return there if is_port else "edited, or the inventory is newer"


def _say_optional(seen: HostEnv, given: Mapping[str, str]) -> None:
    for name in passwords.OPTIONAL:
        if name in given and seen.secrets.get(name) != given[name]:
            actual = "another one" if name in seen.secrets else MISSING
            differs(host, f".env: {name}", "yours", actual)


def _say_notices(seen: HostEnv, stack: Stack, given: Mapping[str, str]) -> None:
    for name in [name for name in stack.secret_names if name in given]:
        if seen.secrets.get(name, given[name]) != given[name]:
            actual = "the host's differs from yours, and is kept"
            fix = "remove yours, or the one on the host if it was never used"
            notice(host, f".env: {name}", "yours", actual, fix)
    ours = {*stack.environment, *stack.secret_names, *passwords.OPTIONAL}
    known = {*passwords.NAMES, *names_in_env(SETTINGS.values())}
    for key in sorted(set(seen.file.values) - ours):
        whose = "a service that is not declared" if key in known else "the operator's own"
        notice(
            host, f".env: {key}", "not declared", f"a key of {whose}, kept; no container gets it"
        )
