"""kestra-provision init"""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from kestra_provision.profiles import SETTINGS
from kestra_provision.project import SKELETON, path
from kestra_provision.settings.examples import env_example

_EXAMPLES = ("inventory/_server.py", "inventory/_quick.py", "inventory/_devorch.py")
_SHOWN = 5


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--examples", is_flag=True, help="Put the example flows there too: examples/.")
def init(directory: Path, examples: bool) -> None:
    """Makes DIR a repository of your own: your hosts and settings.

    Its deploy.py, config.py and runbooks/ only call the installed package, so an upgrade of
    kestra-provision is an upgrade of it, and there is nothing to merge. What stands in flows/ a
    deploy puts onto the server.

    \b
    Example:
      kestra-provision init my-servers
      kestra-provision init my-servers --examples
    """
    there = _content(directory)
    if there:
        raise click.ClickException(
            f"{directory} is not empty, and nothing was written. It holds: {_some(there)}. "
            "Name a folder that is new or empty"
        )
    shutil.copytree(
        SKELETON, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    (directory / ".env.example").write_text(env_example(SETTINGS), encoding="utf-8")
    (directory / "inventory").mkdir()
    for example in _EXAMPLES:
        shutil.copyfile(path(example), directory / example)
    if examples:
        shutil.copytree(path("examples"), directory / "examples")
    click.echo(
        f"{directory} is ready. Name your server and look at the plan:\n\n"
        f"  cd {directory}\n"
        f"  cp {_EXAMPLES[0]} inventory/server.py      # and edit it\n"
        "  pyinfra inventory deploy.py --dry"
    )


def _some(names: list[str]) -> str:
    return ", ".join([*names[:_SHOWN], *(["…"] if names[_SHOWN:] else [])])


def _content(directory: Path) -> list[str]:
    """What stands in the way: anything but an empty git repository."""
    if directory.is_file():
        return [directory.name]
    if not directory.exists():
        return []
    return sorted(entry.name for entry in directory.iterdir() if entry.name != ".git")
