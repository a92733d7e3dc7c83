"""What a report amounts to, in words that all its outputs share."""

from __future__ import annotations

from typing import NamedTuple

from kestra_provision.drift.report import HostReport, Report


class Advice(NamedTuple):
    """The next command, if there is one, and the rest of the sentence."""

    command: str
    sentence: str


def advice(report: Report) -> Advice:
    """What to do next."""
    drift = [finding for host in report.hosts for finding in host.of("drift")]
    mended = [finding for finding in drift if finding.by_deploy]
    unknown = [host.name for host in report.hosts if host.result == "unknown"]
    said = []
    if mended:
        said.append(f"repairs {_part(len(mended), len(drift))}.")
    if left := len(drift) - len(mended):
        said.append(f"{left} {'needs' if left == 1 else 'need'} you: the last column says how.")
    if unknown:
        said.append(f"Not checked: {', '.join(unknown)}. Mend that and check again.")
    if not said:
        said.append(f"Nothing drifted on {plural(len(report.hosts), 'host')}.")
    return Advice(mended[0].repair if mended else "", " ".join(said))


def counts(host: HostReport) -> str:
    """How much was found on a host, such as `8 drifted, 2 notices`."""
    drift, notices = len(host.of("drift")), len(host.of("notice"))
    said = [f"{drift} drifted"] if drift else []
    said += [plural(notices, "notice")] if notices else []
    return ", ".join(said)


def plural(number: int, noun: str) -> str:
    """`1 host`, `2 hosts`"""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """Without what steers a terminal or turns a line round: much of a report is a host's words."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


def _part(some: int, everything: int) -> str:
    return (
        "everything that drifted"
        if some == everything
        else f"{some} of the {everything} that drifted"
    )
