"""Several shell texts on a host in one channel, run side by side, each with its own answer."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from pyinfra.api.command import StringCommand

from kestra_provision.remote.shell import Result

_MARK = "@@answer"
#: Who is asked for root, and by whom; a text finds both in `$privilege` and `$user`.
_AS_ROOT = """u=$(id -un)
if [ "$(id -u)" = 0 ]; then exec sh -s root "$u"
elif sudo -n true 2>/dev/null; then exec sudo -n sh -s sudo "$u"
fi
cat > /dev/null
"""
#: Answers hold secrets: they lie in memory and not on a disk, which may be full besides. dash skips
#: the trap of EXIT when a signal ends it, such as that of a connection that is gone; whoever still
#: writes there is waited for.
_BEGIN = """export privilege="$1" user="$2" LC_ALL=C
d=$(mktemp -d -p /run) || exit 1
trap 'rm -rf "$d"' EXIT
trap 'wait; exit 1' HUP INT PIPE TERM
"""
#: The number of its lines goes before an answer, so that no answer can look like another one. A
#: line more comes after it, because it need not end with a line break.
_END = """wait
for i in $(seq {count}); do
    read -r status < "$d/$i.status"
    [ "$status" = 0 ] || cat "$d/$i.error" > "$d/$i"
    echo "{mark} $i $status $(wc -l < "$d/$i")"
    cat "$d/$i"
    echo
done
echo "{mark}"
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
    parts = [
        f"{{ ( {text}\n) < /dev/null > $d/{number} 2> $d/{number}.error; "
        f"echo $? > $d/{number}.status; }}{' &' if number > 1 else ''}\n"
        for number, text in enumerate(texts, start=1)
    ]
    return "".join([_BEGIN, *parts, _END.format(count=len(texts), mark=_MARK)])


def answers(output: str, count: int) -> list[Result | None]:
    """What each text answered, in their order; None for one without an answer.

    + output: of the script
    + count: how many texts it had

    An answer that failed has what it said on stderr, and nothing else. One that was cut off, as at
    a byte that is no UTF-8, is none: a mark must follow it.
    """
    lines, found = output.split("\n"), dict[int, Result]()
    at = 0
    while at < len(lines):
        words = lines[at].split(" ")
        at += 1
        if words[0] != _MARK or len(words) != 4 or not all(map(str.isdigit, words[1:])):
            continue
        number, status, length = (int(word) for word in words[1:])
        # With the line more: what did not end with a line break goes on in it.
        text = "\n".join(lines[at : at + length + 1])
        at += length + 1
        if at >= len(lines) or not lines[at].startswith(_MARK):
            continue
        found[number] = Result(True, text, "") if status == 0 else Result(False, "", text)
    return [found.get(number) for number in range(1, count + 1)]
