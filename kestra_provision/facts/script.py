"""One shell script a fact, one exec channel: sections of output split by marker lines.

pyinfra opens a channel for each fact it asks; a stage observes all it needs in one. The scripts
are POSIX sh and change nothing. What is missing on the host shows as an empty section, never as a
failed fact; what is there and does not tell (`no_answer`) ends the whole script, so that nobody
takes an empty section for "nothing is there".
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from kestra_provision.docker.environment import EXPORTED

_MARK = "@@"
#: Names the folder, by a variable of the environment, where several scripts that run side by side
#: find what one of them asked already.
ONCE_IN = "once_in"
#: Whoever asks first asks for all; who comes meanwhile waits for the answer. Without one it says
#: why on what `ANSWERS` has for its stderr, and ends that script, from whatever subshell.
_ONCE = f"""once() {{
    [ "${ONCE_IN}" ] || {{ "$1"; return; }}
    [ -e "${ONCE_IN}/$1.told" ] || (
        flock 9
        [ -e "${ONCE_IN}/$1.told" ] || {{ "$1" > "${ONCE_IN}/$1"; : > "${ONCE_IN}/$1.told"; }}
    ) 9>> "${ONCE_IN}/$1.lock"
    [ ! -s "${ONCE_IN}/no_answer" ] || {{ no_answer "$(cat "${ONCE_IN}/no_answer")"; return 2; }}
    cat "${ONCE_IN}/$1"
}}
no_answer() {{
    [ ! "${ONCE_IN}" ] || printf '%s\\n' "$1" > "${ONCE_IN}/no_answer"
    [ ! "$asking" ] || {{ printf '%s\\n' "$1" >&5; kill "$asking"; }}
}}
"""
#: Before a shell text whose answer is whole or none; dash hears of a signal between two commands.
ANSWERS = "asking=$$; exec 5>&2; trap 'exit 1' TERM"


@dataclass(frozen=True)
class Once:
    """What several scripts want to know, and is dear: asked once where they run side by side.

    + name: of the shell's function
    + text: shell text, its body
    + needs: others that the text asks
    """

    name: str
    text: str
    needs: tuple[Once, ...] = ()

    @property
    def ask(self) -> str:
        """Shell text that prints the answer."""
        return f"once {self.name}"


def functions(*asked: Once) -> str:
    """Shell text for sh and bash alike, after which these can be asked."""
    told = "".join(f"{one.name}() {{\n{one.text}\n}}\n" for one in _needed(asked))
    return f"{_ONCE}{told}" if told else ""


def _needed(asked: Iterable[Once]) -> dict[Once, None]:
    """These and all that they need, each once."""
    return {one: None for each in asked for one in (*_needed(each.needs), each)}


def section(name: str, command: str) -> str:
    """Shell text that prints a marker line and then what `command` prints.

    A blank line comes before the marker, because a file need not end with a line break.
    """
    return f"echo; echo '{_MARK}{name}'; {{ {command}; }} 2>/dev/null"


def script(*sections: str, asks: Iterable[Once] = ()) -> str:
    """One command of these sections. The subshell keeps `sh -c` working under sudo.

    + asks: what they ask with `Once.ask`
    """
    text = "\n".join(
        [
            f"export LC_ALL=C; {EXPORTED}; {ANSWERS}",
            f"{functions(*asks)}{sections[0]}",
            *sections[1:],
            "exit 0",
        ]
    )
    return f"sh -c {shlex.quote(text)}"


def split(output: Iterable[str]) -> dict[str, list[str]]:
    """The lines of each section by its name."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in output:
        if line.startswith(_MARK):
            lines = found.setdefault(line.removeprefix(_MARK), [])
        else:
            lines.append(line)
    for section_lines in found.values():
        if section_lines and not section_lines[-1]:
            del section_lines[-1]
    return found


def first(lines: list[str] | None) -> str:
    """The first line of a section, empty when there is none."""
    return lines[0].strip() if lines else ""
