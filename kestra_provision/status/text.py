"""The state of the hosts, for people."""

from __future__ import annotations

from datetime import UTC, datetime
from textwrap import TextWrapper

from kestra_provision.status.judge import HostStatus, ServiceStatus
from kestra_provision.text.table import table


def render(hosts: list[HostStatus], now: datetime, width: int = 0) -> str:
    """Each host with its containers as a table, or field by field where that is too wide.

    + now: UTC, for how long they are up
    + width: of the terminal; 0 is any, as for a program that looks for a row
    """
    return "\n\n".join(_host(host, now, width) for host in hosts)


def _host(host: HostStatus, now: datetime, width: int) -> str:
    lines = [f"{host.name}: {host.overall}{f'   {host.url}' if host.url else ''}"]
    lines += [f"  {cause}" for cause in host.causes]
    if host.lock:
        lines.append(f"  locked: {host.lock}")
    lines += [f"  notice: {notice}" for notice in host.notices]
    if any(service.image for service in host.services):
        heading = ["container", "image", "health", "up", "restarts", "CPU", "memory MiB", "ports"]
        rows = [heading, *(_row(service, now) for service in host.services)]
        shown = table(rows)
        fits = not width or max(map(len, shown.splitlines())) <= width
        lines += ["", shown if fits else _stacked(rows, width)]
    return "\n".join(lines)


def _stacked(rows: list[list[str]], width: int) -> str:
    """A line a field; only a single word is left to the terminal to wrap."""
    (_, *titles), *services = rows
    fold = TextWrapper(
        max(width, 20),
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    blocks = []
    for container, *fields in services:
        said = [f"{title}: {field}" for title, field in zip(titles, fields, strict=True)]
        blocks.append("\n".join([container, *map(fold.fill, said)]))
    return "\n\n".join(blocks)


def _row(service: ServiceStatus, now: datetime) -> list[str]:
    used, limit = service.memory_mb, service.memory_limit_mb
    word = service.health or "-"
    return [
        service.container,
        f"{service.image} ({service.image_id})" if service.image else "-",
        word if service.state in ("", "running") else f"{word} ({service.state})",
        _up(service.started, now),
        "-" if service.restarts is None else str(service.restarts),
        service.cpu or "-",
        f"{used} of {limit}" if used is not None else "-",
        ", ".join(service.ports) or "-",
    ]


def _up(started: str, now: datetime) -> str:
    if not started:
        return "-"
    seconds = int((now - datetime.fromisoformat(started).replace(tzinfo=UTC)).total_seconds())
    for size, unit, small, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} {seconds % size // small} {smaller}"
    return f"{seconds // 60} min" if seconds >= 60 else f"{max(seconds, 0)} s"
