"""Print what makes a shell complete commands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from peninsula.cli.options import examples

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Shell(StrEnum):
    """A shell that can ask what comes next."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command(
    epilog=examples(
        "peninsula completion bash >> ~/.bashrc",
        "peninsula completion zsh >> ~/.zshrc",
        "peninsula completion fish > ~/.config/fish/completions/peninsula.fish",
    )
)
def show(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
) -> None:
    """Print what makes the Tab key complete commands and options; put it where the shell starts."""
    from typer._completion_shared import get_completion_script  # noqa: PLC0415  weight

    script = get_completion_script(
        prog_name="peninsula", complete_var="_PENINSULA_COMPLETE", shell=shell.value
    )
    print(script)  # noqa: T201  for a shell to read
