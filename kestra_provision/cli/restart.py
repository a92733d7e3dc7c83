"""kestra-provision restart"""

from __future__ import annotations

from typing import Any

import click

from kestra_provision.cli import runbook


@click.command()
@runbook.common
@runbook.drain_timeout
@runbook.supporting
@click.option("--accept-drift", is_flag=True, help="Put back what was changed on the host.")
@click.option("--pull", is_flag=True, help="Fetch the images again first: an image update.")
def restart(**given: Any) -> None:
    """Restarts Kestra of your hosts without losing work.

    Of HOST, or of all hosts. Stops at drift; waits for running executions; applies changed
    settings; ends with a healthy Kestra and a record in the audit. After a failure or a kill, run
    it again.

    \b
    Example:
      kestra-provision restart vps1 --reason "new JAVA_OPTS"
      kestra-provision restart --limit 'web*' --pull --yes
    """
    runbook.run("restart", **given)
