"""What Kestra gets of the operator's own: variables, configuration, logs, threads, time zone."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from kestra_provision.settings import kestra_rules, placeholders, variables
from kestra_provision.settings.fields import Flag, keeps
from kestra_provision.settings.own_yaml import parsed
from kestra_provision.settings.properties import leaves, ours, unmergeable
from kestra_provision.settings.section import Section

Threads = Annotated[int, Field(ge=1, le=10_000, strict=True)]
#: From all to nothing.
LEVELS = ("ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF")
Level = Literal["ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF"]
#: By its log it is judged whether Kestra is ready, ends or has failed: what it must say at least.
JUDGED = {
    "io.kestra.cli": "INFO",
    "io.kestra.core.contexts.KestraContext": "INFO",
    "io.kestra.core.utils.ThreadUncaughtExceptionHandler": "ERROR",
    "io.kestra.jdbc.runner.JdbcQueue": "ERROR",
}


class KestraEnvironmentSection(Section):
    """Of every profile. [How they act together](kestra-configuration.md)."""

    title: ClassVar[str] = "Kestra's environment"

    kestra_env: dict[str, str] = Field(
        {},
        description="Variables of your own for Kestra's container, such as "
        '`{"BACKEND_URL": "http://backend:8000/"}`; `ENV_X` is `{{ envs.x }}` in flows. '
        "Not for secrets.",
    )
    kestra_config: Annotated[dict[str, Any], BeforeValidator(parsed)] = Field(
        {},
        description="Configuration of your own beside ours in `application.yaml`: a mapping, or a "
        "text of YAML.",
    )
    kestra_open_urls: list[Annotated[str, keeps(kestra_rules.open_url)]] | None = Field(
        None,
        description="Webhooks that need no password, by the beginnings of their paths, such as "
        "`/api/v1/main/executions/webhook/`; `[]` opens none. Default: Kestra's, which is all.",
    )
    kestra_log_levels: dict[Annotated[str, keeps(kestra_rules.logger)], Level] = Field(
        {}, description='Levels of Kestra\'s log by logger, such as `{"root": "WARN"}`.'
    )
    kestra_json_logs: Flag = Field(
        False, description="Kestra's log as one JSON object a line, for Loki and the like."
    )
    kestra_worker_threads: Threads | None = Field(
        None, description="Tasks at the same time; default 8 for each CPU."
    )
    kestra_executor_threads: Threads | None = Field(
        None, description="Threads that move executions on; default one for each CPU, at least 4."
    )
    kestra_time_zone: str | None = Field(
        None,
        description="Time zone of Kestra, of schedules and of tasks, such as `America/Sao_Paulo`; "
        "default UTC.",
    )

    def contradictions(self) -> Iterator[str]:
        """What is not the operator's to say, or cannot be said."""
        yield from variables.troubles(self.kestra_env)
        for path, value in leaves(self.kestra_config):
            if found := ours(path):
                own, instead = found
                which = "which" if own == path else f"and {own}"
                yield f"kestra_config sets {path}, {which} is ours: {instead}"
            elif why := unmergeable(path, value):
                yield f"kestra_config sets {path}, and {why}"
            else:
                known = {*self.kestra_env, *(["TZ"] if self.kestra_time_zone else [])}
                yield from placeholders.troubles(path, value, known, self.kestra_config)
        for logger, level in self.kestra_log_levels.items():
            for judged, least in JUDGED.items():
                quiet = LEVELS.index(level) > LEVELS.index(least)
                if quiet and f"{logger}.".startswith(f"{judged}."):
                    yield (
                        f"kestra_log_levels: {logger} = {level}, and by its log it is judged "
                        f"whether Kestra is well: {least} is the least"
                    )
        if self.kestra_time_zone is not None and not _is_zone(self.kestra_time_zone):
            yield (
                f"kestra_time_zone {self.kestra_time_zone} is no time zone such as "
                "America/Sao_Paulo: Java would take UTC"
            )


def _is_zone(name: str) -> bool:
    """A laptop without such data knows what one looks like."""
    known = zoneinfo.available_timezones()
    return name in known if known else bool(re.fullmatch(r"[A-Z]\w*(/[A-Z][\w+-]*)*", name))
