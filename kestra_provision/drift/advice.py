"""What a report amounts to, in words that all its outputs share."""

from __future__ import annotations

from typing import NamedTuple

from kestra_provision.drift.report import HostReport, Report
from kestra_provision.text.words import plural


class Advice(NamedTuple):
    """The next command, if there is one, and the rest of the sentence."""

    command: str
    sentence: str


def advice(report: Report) -> Advice:
    """What to do next."""
    drift = [finding for host in report.hosts for finding in host.causes]
    refused = [host for host in report.hosts if _is_refused(host)]
    after = [f for host in refused for f in host.causes if f.by_deploy]
    mended = [f for f in drift if f.by_deploy and f not in after]
    unknown = [host.name for host in report.hosts if host.result == "unknown"]
    said = []
    if mended:
        said.append(f"repairs {_part(len(mended), len(drift))}.")
    if left := len(drift) - len(mended) - len(after):
        said.append(f"{left} {'needs' if left == 1 else 'need'} you: the last column says how.")
    if refused:
        names = ", ".join(host.name for host in refused)
        rest = f", and repairs the other {len(after)} then" if after else ""
        said.append(f"Until that is done a deploy refuses {names}{rest}.")
    if unknown:
        said.append(f"Not checked: {', '.join(unknown)}. Mend that and check again.")
    if not said:
        said.append(f"Nothing drifted on {plural(len(report.hosts), 'host')}.")
    return Advice(mended[0].repair if mended else "", " ".join(said))


def _is_refused(host: HostReport) -> bool:
    """A deploy ends at what preflight finds, before it repairs anything."""
    return any(finding.stage == "preflight" for finding in host.of("drift"))


def counts(host: HostReport) -> str:
    """How much was found on a host, such as `8 drifted, 2 notices`."""
    drift, notices = len(host.causes), len(host.of("notice"))
    said = [f"{drift} drifted"] if drift else []
    said += [plural(notices, "notice")] if notices else []
    return ", ".join(said)


def _part(some: int, everything: int) -> str:
    return (
        "everything that drifted"
        if some == everything
        else f"{some} of the {everything} that drifted"
    )
