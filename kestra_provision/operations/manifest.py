"""Our entry in the host's `services-manifest.json`."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Generator, Mapping
from pathlib import PurePosixPath
from typing import Any

from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand, StringCommand

from kestra_provision.commands.files import temporary
from kestra_provision.facts.manifest import Manifest, ManifestSeen
from kestra_provision.render.host.manifest import NAME, ManifestError, merged
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.text.difference import MISSING

_NOWHERE = "the manifest has no folder, or is a link in a circle"
#: What to do about a file that is left as it is.
FIX = "mend that file on the host, or move it away"


@operation()
def entered(path: str, entry: Mapping[str, Any]) -> Generator[PyinfraCommand]:
    """Puts our entry into the manifest; every other byte, owner and mode stay.

    + path: of the manifest, which may hold the services of others
    + entry: as `kestra_provision.manifest.entry` tells

    A file that is no JSON, or has a shape we do not know, is left as it is and fails this host.
    """
    seen = observed(host, Manifest, path=path)
    try:
        text = text_of(seen)
        wanted = merged(text, dict(entry))
    except ManifestError as error:
        differs(host, path, f"with the service {NAME}", str(error), FIX)
        yield Failure(f"{path}: {error}; it was left as it is. {FIX}")
        return
    if text is None:
        differs(host, path, f"with the service {NAME}", MISSING)
    elif text != wanted:
        differs(host, path, f"with the service {NAME}", "it is missing there, or says other things")
    if text == wanted:
        host.noop(f"{path} has our entry")
    else:
        yield _written(path, text, wanted)


def text_of(seen: ManifestSeen) -> str | None:
    """The manifest's text with its byte order mark; None without one. Raises `ManifestError`."""
    if seen.content is None:
        if seen.kind:
            raise ManifestError(f"the manifest is no readable file but a {seen.kind}")
        return None
    try:
        return seen.content.decode()
    except UnicodeDecodeError as error:
        raise ManifestError("the manifest is not UTF-8") from error


def _written(path: str, before: str | None, wanted: str) -> StringCommand:
    """Replaces the file atomically, unless somebody changed it since it was looked at.

    A link stays a link. Base64 because pyinfra ends what it sends with a line break.
    """
    target, new = shlex.quote(path), shlex.quote(PurePosixPath(temporary(path)).name)
    if before is None:
        unchanged, access = '[ ! -e "$f" ]', 'chmod 644 "$n"'
    else:
        unchanged = f'[ "$(sha256sum < "$f")" = "{_sum(before)}  -" ]'
        access = 'chown --reference="$f" "$n" && chmod --reference="$f" "$n"'
    # What a program says of a full or read-only disk stands above the reason.
    steps = (
        ('base64 -d > "$n"', "could not be written, see above"),
        (f'[ "$(sha256sum < "$n")" = "{_sum(wanted)}  -" ]', "arrived in part, deploy again"),
        (access, "could not be given its owner and mode, see above"),
        (unchanged, "changed meanwhile, deploy again"),
        ('mv -fT "$n" "$f"', "could not be replaced, see above"),
    )
    return StringCommand(
        f'f=$(readlink -f {target}) || {{ echo "{_NOWHERE}" >&2; exit 1; }}; '
        f'n=$(dirname "$f")/{new}; umask 077; '
        'stop() { rm -f "$n"; echo "the manifest $1" >&2; exit 1; }; '
        + "; ".join(f'{{ {step}; }} || stop "{reason}"' for step, reason in steps),
        _stdin=base64.encodebytes(wanted.encode()).decode(),
    )


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
