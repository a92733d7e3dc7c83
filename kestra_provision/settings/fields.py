"""Kinds of values that several sections have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field

from kestra_provision.settings import rules


def keeps(rule: Callable[[str], str | None]) -> AfterValidator:
    """A field keeps this rule of `settings.rules`."""

    def check(value: str) -> str:
        if problem := rule(value):
            raise ValueError(problem)
        return value

    return AfterValidator(check)


Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Image = Annotated[str, keeps(rules.image)]
Name = Annotated[str, keeps(rules.object_name)]
Mebibytes = Annotated[int, Field(ge=256, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Sha256 = Annotated[str, keeps(rules.sha256)]
