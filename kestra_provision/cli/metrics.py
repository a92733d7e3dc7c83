"""kestra-provision metrics"""

from __future__ import annotations

from pathlib import Path

import click

from kestra_provision.cli import arguments


@click.command()
@arguments.hosts
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for HOST's files; without HOST each host gets one of its name in it.",
)
@click.option("--force", is_flag=True, help="Replace files that differ.")
def metrics(
    host: str | None, inventory: str, limit: tuple[str, ...], out: Path, force: bool
) -> None:
    """Writes scrape configuration and alert rules for Prometheus.

    prometheus.yml and kestra-alerts.yml for HOST, or for all hosts. Nothing is connected to.
    Kestra's management port is closed to the outside and stays so: Prometheus runs on the host
    itself, or reaches it through a tunnel.

    \b
    Example:
      kestra-provision metrics vps1 --out prometheus
      promtool check config prometheus/prometheus.yml
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.render.elsewhere.metrics import in_the_way, render_metrics, write
    from kestra_provision.run.hosts import judged
    from kestra_provision.run.state import settings_of

    _, hosts = judged(inventory, host, limit)
    wanted = {
        (out if host else out / target.name): render_metrics(target.name, settings_of(target))
        for target in hosts
    }
    differing = [path for folder, files in wanted.items() for path in in_the_way(folder, files)]
    if differing and not force:
        raise click.ClickException(
            f"{', '.join(map(str, differing))} differ from what would be written, and nothing "
            "was; take another --out, or --force to replace them"
        )
    for folder, files in wanted.items():
        write(folder, files)
        click.echo("\n".join(f"written: {folder / name}" for name in files))
