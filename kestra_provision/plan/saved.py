"""A plan in a file, and what is another one by now."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import click

from kestra_provision.plan.report import VERSION, HostPlan, Plan, host_of


def save(plan: Plan, file: Path) -> None:
    """Writes the plan, readable for its owner alone; whole, or not at all.

    Raises `click.ClickException` where it cannot be written.
    """
    new = file.with_name(f".{file.name}.new")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(json.dumps(plan.as_json(), indent=2) + "\n")
        new.replace(file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error


def read(file: Path, chosen: bool = False) -> dict[str, HostPlan]:
    """The hosts of a saved plan by name; raises `click.ClickException` for what is none.

    One with a host that is refused or unknown is none to deploy by, unless only others are meant.

    + chosen: not all of its hosts are meant; `differences` says of each whether it was planned
    """
    again = f"make it anew: kestra-provision plan --out {file}"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        version, hosts = found["version"], [host_of(host) for host in found["hosts"]]
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.ClickException(f"{file} is no plan; {again}") from error
    if version != VERSION:
        raise click.ClickException(f"{file} is a plan of version {version}, not {VERSION}; {again}")
    unfit = [host.name for host in hosts if host.unfit]
    if unfit and not chosen:
        fit = [f"--limit {shlex.quote(host.name)}" for host in hosts if not host.unfit]
        others = f"deploy the others by it with {' '.join(fit)}, or " if fit else ""
        raise click.ClickException(f"{file} could not plan {', '.join(unfit)}; {others}{again}")
    return {host.name: host for host in hosts}


def differences(planned: HostPlan, now: HostPlan) -> list[str]:
    """What would be done otherwise than planned, a line each; empty where nothing."""
    if now.reason or now.refused:
        return [now.reason] if now.reason else [*now.refused]
    if planned.unfit:
        return ["it could not be planned then"]
    before, after = _promises(planned), _promises(now)
    said, told = [], set[tuple[str, ...]]()
    for key in dict.fromkeys((*before, *after)):
        # What an operation would have changed is said with the operation that is gone, or new.
        if before.get(key) == after.get(key) or any(key[: len(one)] == one for one in told):
            continue
        was, now_is = (found.get(key, "nothing to do") for found in (before, after))
        if "\n" in f"{was}{now_is}":
            said.append(f"{': '.join(key)}: other lines than planned")
        else:
            said.append(f"{': '.join(key)}: planned: {was}; now: {now_is}")
        told.add(key)
    return said


def _promises(host: HostPlan) -> dict[tuple[str, ...], str]:
    """Everything that a plan promises, under words that say what it is."""
    found: dict[tuple[str, ...], str] = {}
    for operation in host.operations:
        name = f"{operation.stage} | {operation.operation}"
        found[(name,)] = "to do"
        found |= {(name, c.what): f"{c.actual} -> {c.declared}" for c in operation.changes}
    for each in host.services:
        found[(each.title,)] = f"{each.does}, waits up to {each.waits_s} s"
    if host.fails:
        found[(f"{host.fails.stage} | {host.fails.operation}",)] = f"fails: {host.fails.why}"
    found |= {(f"setting {s.name}",): f"{s.before} -> {s.after}" for s in host.settings}
    return found | {(file.path,): f"new: {file.new}\n{file.diff}" for file in host.files}
