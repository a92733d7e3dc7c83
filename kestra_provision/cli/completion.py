"""kestra-provision completion"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_PROGRAM = "kestra-provision"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Prints the script for completion in your shell.

    Commands, options, and the hosts of your inventory.

    \b
    Example:
      echo 'eval "$(kestra-provision completion bash)"' >> ~/.bashrc
      echo 'eval "$(kestra-provision completion zsh)"' >> ~/.zshrc
      kestra-provision completion fish > ~/.config/fish/completions/kestra-provision.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    variable = f"_{_PROGRAM.replace('-', '_').upper()}_COMPLETE"
    click.echo(kind(ctx.find_root().command, {}, _PROGRAM, variable).source())
