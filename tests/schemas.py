"""The JSON Schemas that the package has for its users."""

import json
from pathlib import Path
from typing import Any

import kestra_provision


def schema(name: str) -> dict[str, Any]:
    """+ name: below the package, such as `plan/plan.schema.json`"""
    text = (Path(kestra_provision.__file__).parent / name).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
