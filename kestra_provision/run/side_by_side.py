"""Several shell texts on a host in one channel, run side by side, each with its own answer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from pyinfra.api.command import StringCommand

from kestra_provision.docker.environment import EXPORTED
from kestra_provision.facts.script import ONCE_IN
from kestra_provision.remote.shell import Result

_MARK = "@@answer"
#: Who is asked for root, and by whom; a text finds both in `$privilege` and `$user`.
_AS_ROOT = """u=$(id -un)
if [ "$(id -u)" = 0 ]; then exec sh -s root "$u"
elif sudo -n sh -c : 2>/dev/null; then exec sudo -n sh -s sudo "$u"
fi
cat > /dev/null
"""
#: Answers hold secrets: they lie in memory and not on a disk, which may be full besides. dash skips
#: the trap of EXIT when a signal ends it, such as that of a connection that is gone; whoever still
#: writes there is waited for. The folder's name is drawn by lot, so that no answer can hold the
#: mark that follows it; a line break goes before that, because an answer need not end with one.
_BEGIN = f"""export privilege="$1" user="$2" LC_ALL=C
{EXPORTED}
d=$(mktemp -d -p /run) || exit 1
export {ONCE_IN}="$d" mark="{_MARK}-${{d##*.}}"
trap 'rm -rf "$d"' EXIT
trap 'wait; exit 1' HUP INT PIPE TERM
ended() {{
    [ "$2" = 0 ] || cat "$d/$1.error" > "$d/$1"
    printf '\\n%s %s %s\\n' "$mark" "$1" "$2" >> "$d/$1"
}}
"""
_END = """wait
echo "$mark"
cat {files}
"""


def command() -> StringCommand:
    """Takes the script on its stdin, and runs it through sudo where the user is not root.

    Stdin, because quotes within quotes within quotes would be too long for a command line.
    """
    return StringCommand(f"sh -c {shlex.quote(_AS_ROOT)}")


def script(texts: Sequence[str]) -> str:
    """The script for `command`.

    + texts: shell texts; each runs in a shell of its own, with nothing on its stdin

    The first one ends before the others begin: what it tells was so before them.
    """
    numbers = range(1, len(texts) + 1)
    parts = [
        f"{{ ( {text}\n) < /dev/null > $d/{number} 2> $d/{number}.error; "
        f"ended {number} $?; }}{' &' if number > 1 else ''}\n"
        for number, text in zip(numbers, texts, strict=True)
    ]
    files = " ".join(f"$d/{number}" for number in numbers)
    return "".join([_BEGIN, *parts, _END.format(files=files)])


def answers(output: str, count: int) -> list[Result | None]:
    """What each text answered, in their order; None for one without an answer.

    + output: of the script
    + count: how many texts it had

    An answer that failed has what it said on stderr, and nothing else. One that was cut off, as at
    a byte that is no UTF-8, is none: a mark must follow it.
    """
    found = dict[int, Result]()
    mark, _, rest = output.partition("\n")
    if mark.startswith(f"{_MARK}-"):
        at = 0
        for end in re.finditer(rf"\n{re.escape(mark)} (\d+) (\d+)(?:\n|$)", rest):
            text, number = rest[at : end.start()], int(end[1])
            found[number] = Result(True, text, "") if end[2] == "0" else Result(False, "", text)
            at = end.end()
    return [found.get(number) for number in range(1, count + 1)]
