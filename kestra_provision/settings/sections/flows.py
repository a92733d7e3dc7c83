"""Flows of the operator's repository, which a deploy puts onto the server."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from kestra_provision.settings.fields import Flag
from kestra_provision.settings.section import Section


class FlowsSection(Section):
    """Of every profile."""

    title: ClassVar[str] = "Flows"

    flows: list[str] = Field(
        ["flows"],
        description="Folders beside deploy.py with NAMESPACE/*.yaml; the server gets all of them.",
    )
    flows_prune: Flag = Field(
        False, description="Delete flows, files and keys of ours that are no longer there."
    )
    smoke_test: Flag = Field(
        False, description="End each deploy with an execution of a small flow, which must succeed."
    )
