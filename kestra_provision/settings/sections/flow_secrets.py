"""Secrets that flows ask for, where a command of the laptop has them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import flow_secrets
from kestra_provision.settings.fields import keeps
from kestra_provision.settings.section import Section

Name = Annotated[str, keeps(flow_secrets.name_refusal)]
Word = Annotated[str, Field(min_length=1, strict=True)]


class FlowSecretsSection(Section):
    """Of every profile."""

    title: ClassVar[str] = "Secrets of flows"

    flow_secrets: dict[Name, Annotated[list[Word], Field(min_length=1)]] = Field(
        {},
        description="What `secret('NAME')` is in flows, by NAME: the words of a command that the "
        'laptop runs, such as `{"SLACK": ["pass", "show", "slack"]}`; no shell is asked. '
        "[Secrets of flows](flow-secrets.md) has the other ways.",
    )
