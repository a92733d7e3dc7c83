"""A plan, for people and for programs; no field of it ever holds a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from kestra_provision.run.coming import Fate

#: Of the JSON; it grows when a field is removed or changes its meaning (see docs/plan.md).
VERSION = 1

Result = Literal["unchanged", "changes", "fails", "refused", "unknown"]
#: Of a whole plan: a host that cannot be told of weighs more than changes.
EXIT_CODES: dict[str, int] = {"unchanged": 0, "changes": 2, "failed": 1}


@dataclass(frozen=True)
class Change:
    """One thing that becomes another one."""

    what: str
    declared: str
    actual: str


@dataclass(frozen=True)
class Operation:
    """One operation that has something to do, with what it found."""

    stage: str
    operation: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Failing:
    """The operation that would end the deploy of a host."""

    stage: str
    operation: str
    why: str


@dataclass(frozen=True)
class File:
    """A file that is written.

    + new: there is none so far
    + diff: unified, secrets struck out; empty for a new one
    """

    path: str
    new: bool
    diff: str = ""


@dataclass(frozen=True)
class Touched:
    """What happens to the container of a service.

    + waits_s: seconds that running executions are waited for before it is stopped; 0 where nothing
      is waited for
    """

    service: str
    title: str
    does: Fate
    waits_s: int = 0


@dataclass(frozen=True)
class Setting:
    """A setting that is another one than at the last deploy."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class HostPlan:
    """What a deploy would do on one host.

    + warnings: what people must know before they say yes, whatever changes
    + unsure: why some of it may turn out to be there already
    + fails: the operation that says no, after those that are listed
    + refused: what preflight says no to; then a deploy changes nothing here
    + reason: why nobody can tell
    """

    name: str
    operations: tuple[Operation, ...] = ()
    files: tuple[File, ...] = ()
    services: tuple[Touched, ...] = ()
    settings: tuple[Setting, ...] = ()
    warnings: tuple[str, ...] = ()
    unsure: str = ""
    fails: Failing | None = None
    refused: tuple[str, ...] = ()
    reason: str = ""

    @property
    def result(self) -> Result:
        if self.reason:
            return "unknown"
        if self.refused:
            return "refused"
        if self.fails:
            return "fails"
        return "changes" if self.operations else "unchanged"

    @property
    def unfit(self) -> bool:
        """Nothing can be deployed by it."""
        return self.result in ("refused", "unknown")

    def as_json(self) -> dict[str, Any]:
        """As `plan.schema.json` describes a host."""
        fields: dict[str, Any] = _listed(asdict(self))
        return {"name": fields.pop("name"), "result": self.result, **fields}


@dataclass(frozen=True)
class Plan:
    """All hosts of one plan.

    + made_at: UTC, ISO 8601
    """

    hosts: tuple[HostPlan, ...]
    made_at: str

    @property
    def result(self) -> str:
        if any(host.unfit or host.fails for host in self.hosts):
            return "failed"
        changes = any(host.result == "changes" for host in self.hosts)
        return "changes" if changes else "unchanged"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.result]

    def as_json(self) -> dict[str, Any]:
        """As `plan.schema.json` describes it."""
        return {
            "version": VERSION,
            "made_at": self.made_at,
            "result": self.result,
            "exit_code": self.exit_code,
            "hosts": [host.as_json() for host in self.hosts],
        }


def host_of(found: Mapping[str, Any]) -> HostPlan:
    """The host that `HostPlan.as_json` told. Raises `KeyError` or `TypeError` for anything else."""
    return HostPlan(
        name=found["name"],
        operations=tuple(
            Operation(o["stage"], o["operation"], tuple(Change(**c) for c in o["changes"]))
            for o in found["operations"]
        ),
        files=tuple(File(**file) for file in found["files"]),
        services=tuple(Touched(**service) for service in found["services"]),
        settings=tuple(Setting(**setting) for setting in found["settings"]),
        warnings=tuple(found["warnings"]),
        unsure=found["unsure"],
        fails=Failing(**found["fails"]) if found["fails"] else None,
        refused=tuple(found["refused"]),
        reason=found["reason"],
    )


def _listed(value: Any) -> Any:
    """With lists as JSON has them."""
    if isinstance(value, dict):
        return {key: _listed(each) for key, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, tuple) else value
