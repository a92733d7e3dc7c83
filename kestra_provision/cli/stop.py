"""kestra-provision stop"""

from __future__ import annotations

from typing import Any

import click

from kestra_provision.cli import runbook


@click.command()
@runbook.common
@runbook.drain_timeout
@runbook.supporting
def stop(**given: Any) -> None:
    """Stops Kestra of your hosts after its running executions.

    Of HOST, or of all hosts. It stays stopped over a reboot, until `start` or a deploy.

    \b
    Example:
      kestra-provision stop vps1 --reason "the provider moves the disk"
      kestra-provision stop vps1 --drain-timeout 0 --yes
    """
    runbook.run("stop", **given)
