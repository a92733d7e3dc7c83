"""Which findings only show the effect of another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kestra_provision.drift.report import Finding
from kestra_provision.health.verdict import WITHOUT


def effects_named(found: Iterable[Finding]) -> list[Finding]:
    """The same findings; those of `health` that follow from an earlier one say so.

    None is left out, because each stage of the plan is in the report. One that needs a person is
    never called an effect.
    """
    causes: set[str] = set()
    said: list[Finding] = []
    for f in found:
        follows = ""
        if f.stage == "health" and f.by_deploy:
            if f.what in causes:
                follows = f.what
            elif WITHOUT in f.what and said:
                follows = said[-1].follows or said[-1].what
        elif f.stage == "stack" and f.severity == "drift":
            causes.add(f.what)
        said.append(replace(f, follows=follows))
    return said
