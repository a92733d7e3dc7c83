"""kestra-provision start"""

from __future__ import annotations

from typing import Any

import click

from kestra_provision.cli import runbook


@click.command()
@runbook.common
def start(**given: Any) -> None:
    """Starts Kestra of HOST, or of all hosts, and waits until it is healthy.

    \b
    Example:
      kestra-provision start vps1
    """
    runbook.run("start", **given)
