"""Say which version this is."""

from __future__ import annotations

import platform
from importlib.metadata import version

import typer

from peninsula.cli import output
from peninsula.cli.options import Json, examples

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("peninsula version", "peninsula version --json"))
def show(*, as_json: Json = False) -> None:
    """Say which version this is. That of a server: `peninsula server status`."""
    said = {"peninsula": version("peninsula"), "python": platform.python_version()}
    if as_json:
        output.show_json(said)
    else:
        print(f"peninsula {said['peninsula']} (Python {said['python']})")  # noqa: T201  no style
