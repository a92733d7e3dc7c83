"""What the host does by itself when it is not well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.fields import keeps
from kestra_provision.settings.section import Section


class WatchSection(Section):
    """The host's own timer, whom it tells, and what it mends."""

    title: ClassVar[str] = "Watch"

    watch_interval_minutes: Annotated[int, Field(ge=0, le=59, strict=True)] = Field(
        1, description="How often the host looks at its own Kestra; 0 is never."
    )
    notify_command: Annotated[str, keeps(rules.shell_line)] | None = Field(
        None,
        description="Shell line that root runs on the host when the health has changed, with the "
        "report as JSON on stdin. Not for secrets.",
    )
    self_repair_per_hour: Annotated[int, Field(ge=0, le=60, strict=True)] = Field(
        0, description="How many times an hour the host may restart an unhealthy Kestra by itself."
    )
    egress_target: Annotated[str, keeps(rules.host_and_port)] | None = Field(
        None,
        description="HOST:PORT that flows must reach, such as `example.com:443`: the doctor asks "
        "Kestra's container for it.",
    )

    def contradictions(self) -> Iterator[str]:
        """What would be told or mended, and nobody looks."""
        for name in ("notify_command", "self_repair_per_hour"):
            if getattr(self, name) and not self.watch_interval_minutes:
                yield f"{name} is set, and with watch_interval_minutes = 0 nobody looks"
