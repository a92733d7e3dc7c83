"""What a runbook or a deploy may be told with `--data`, apart from the settings of a host."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model

from kestra_provision.profiles import known_settings
from kestra_provision.services import BESIDE
from kestra_provision.settings import Problem
from kestra_provision.sync.comparison import Named
from kestra_provision.sync.item import Item

Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
#: Separated by blanks.
Names = Annotated[str, StringConstraints(strip_whitespace=True)]
Count = Annotated[int | None, Field(ge=1, strict=True)]
Seconds = Annotated[int, Field(ge=0, le=86400, strict=True)]


DRAIN_TIMEOUT = 300
_drain_timeout = Field(
    DRAIN_TIMEOUT, description="Seconds to wait for running executions; 0 does not wait."
)


class Options(BaseModel):
    """What every runbook and a deploy take.

    + command: of `kestra-provision`, where it is not the runbook's name
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: ClassVar[tuple[str, ...]] = ()

    reason: Text = Field("", description="Why, for the audit and for whom the lock refuses.")

    def arguments(self) -> list[str]:
        """As pyinfra takes them: `--data key=value` for all that is not the default."""
        given = self.model_dump(exclude_defaults=True)
        return [
            word for key, value in given.items() for word in ("--data", f"{key}={_text(value)}")
        ]

    def flags(self) -> list[str]:
        """As `kestra-provision` takes them."""
        words: list[str] = []
        for key, value in self.model_dump(exclude_defaults=True).items():
            words.append(f"--{key.replace('_', '-')}")
            words += [] if value is True else [str(value)]
        return words


class Deploy(Options):
    """Of a deploy."""

    drain_timeout: Seconds = _drain_timeout


#: One flag for each service that others need.
_BESIDE: dict[str, Any] = {
    name: (Flag, Field(False, description=f"{title} too, after Kestra."))
    for name, title in BESIDE.items()
}
_Supporting = create_model("_Supporting", __base__=Options, **_BESIDE)


class Stop(_Supporting):
    """Of stop, and of a restart as well."""

    drain_timeout: Seconds = _drain_timeout

    def takes(self, service: str) -> bool:
        """Whether a service that others need is taken along."""
        return bool(getattr(self, service))


class Restart(Stop):
    """Of a restart."""

    accept_drift: Flag = Field(False, description="Go on although the host is not as declared.")
    pull: Flag = Field(False, description="Fetch the images again first: an image update.")


class Start(Options):
    """Of start."""


class FlowsApply(Options):
    """Of a sync of flows, files and keys alone."""

    command: ClassVar[tuple[str, ...]] = ("flows", "apply")

    take: Literal["", "mine"] = Field("", description="Whose conflicts win: mine, or nobody's.")
    item: Names = Field("", description="Only these conflicts, as NAMESPACE/NAME; default all.")
    prune: Flag = Field(False, description="Delete ours that are no longer in the repository.")
    delete: Count = Field(None, description="How many that may be, where it is more than a third.")

    @property
    def mine(self) -> Container[Item]:
        """Conflicts that the repository wins."""
        return Named(frozenset(self.item.split())) if self.take else ()


class Smoke(Options):
    """Of a smoke test."""


FLOWS = "flows"
RUNBOOKS: dict[str, type[Options]] = {
    "restart": Restart,
    "stop": Stop,
    "start": Start,
    FLOWS: FlowsApply,
    "smoke": Smoke,
}
#: The action of a run that is no runbook.
DEPLOY = "deploy"
ALL: dict[str, type[Options]] = {DEPLOY: Deploy, **RUNBOOKS}


def read(
    runbooks: Iterable[str], given: Mapping[str, Any]
) -> tuple[dict[str, Options], list[Problem]]:
    """The options of each runbook of this run, or of the deploy, and what is wrong with them.

    + runbooks: names, none in a deploy
    + given: all of `--data`; settings among it are left to those who judge settings
    """
    options: dict[str, Options] = {}
    problems: list[Problem] = []
    models = {name: ALL[name] for name in [*runbooks] or [DEPLOY]}
    known = {name: set(model.model_fields) for name, model in models.items()}
    for key in given:
        if not any(key in names for names in known.values()):
            problems += _stray(key, {name for names in known.values() for name in names})
    for name, names in known.items():
        try:
            options[name] = models[name](**{k: v for k, v in given.items() if k in names})
        except ValidationError as error:
            problems += [_problem(models[name], detail, given) for detail in error.errors()]
    return options, problems


def default(run: str) -> Options:
    """What a runbook or a deploy goes by that was told nothing."""
    return ALL[run]()


def names() -> set[str]:
    """Every option of every runbook and of a deploy."""
    return {name for model in ALL.values() for name in model.model_fields}


def texts() -> set[str]:
    """Those that are text, and stay as they were written."""
    models = ALL.values()
    return {n for model in models for n, f in model.model_fields.items() if f.annotation is str}


def _stray(key: str, known: set[str]) -> list[Problem]:
    """An option that belongs elsewhere, or a misspelt one; nothing for what may be a setting."""
    owners = [name for name, model in RUNBOOKS.items() if key in model.model_fields]
    if owners:
        what = f"{key} is an option of {' and '.join(owners)}, and not of this run"
        return [Problem(what, "--data", f"leave it out, or: pyinfra … runbooks/{owners[0]}.py")]
    close = get_close_matches(key, [*known, *known_settings()], n=1, cutoff=0.6)
    if close and close[0] in known:
        return [Problem(f"unknown option {key}", "--data", f"did you mean {close[0]}?")]
    return []


def _problem(model: type[Options], detail: Any, given: Mapping[str, Any]) -> Problem:
    key = str(detail["loc"][0])
    field = model.model_fields[key]
    fix = f"leave it out, then it is {_text(field.default)!r} ({field.description})"
    return Problem(f"{key} = {given[key]!r}: {detail['msg']}", "--data", fix)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
