"""kestra-provision start"""

from __future__ import annotations

from typing import Any

import click

from kestra_provision.cli import runbook


@click.command()
@runbook.common
def start(**given: Any) -> None:
    """Starts Kestra of your hosts and waits until it is healthy.

    Of HOST, or of all hosts.

    \b
    Example:
      kestra-provision start vps1
    """
    runbook.run("start", **given)
