"""kestra-provision smoke"""

from __future__ import annotations

from typing import Any

import click

from kestra_provision.cli import runbook


@click.command()
@runbook.common
def smoke(**given: Any) -> None:
    """Runs a small flow to its end on your hosts, and shows its log.

    On HOST, or on all hosts. Puts the flow system/smoke-test there first.

    \b
    Example:
      kestra-provision smoke vps1
    """
    runbook.run("smoke", **given)
