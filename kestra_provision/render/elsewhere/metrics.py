"""What a Prometheus beside Kestra needs: where to ask, and when to raise an alarm."""

from __future__ import annotations

from pathlib import Path

from kestra_provision.render.template import render
from kestra_provision.settings import Settings

FILES = ("prometheus.yml", "kestra-alerts.yml")


def render_metrics(name: str, settings: Settings) -> dict[str, str]:
    """Text by file name.

    + name: of the host; the label that tells the series of several hosts apart
    """
    return {file: render(f"prometheus/{file}.j2", name=name, settings=settings) for file in FILES}


def in_the_way(directory: Path, files: dict[str, str]) -> list[Path]:
    """Files of these names with another content, which somebody may have made his own."""
    paths = {directory / name: text for name, text in files.items()}
    return [p for p, text in paths.items() if p.exists() and p.read_bytes() != text.encode()]


def write(directory: Path, files: dict[str, str]) -> None:
    """Writes them into a directory, which is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
