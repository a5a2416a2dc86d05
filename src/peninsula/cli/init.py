"""Write a first flow into a folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Final

import typer

from peninsula.cli import output
from peninsula.cli.options import Json, examples
from peninsula.core.errors import ConflictError, UnavailableError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

FLOW: Final = '''\
"""Say hello to some, one after the other: a flow to begin with."""

from peninsula import flow, task


@task(retries=2, retry_delay_seconds=1)
def greet(name: str) -> str:
    """Each call is a task run; it is tried again when it fails."""
    return f"Hello, {name}!"


@flow(log_prints=True)
def hello(names: list[str] = ["Ada", "Grace"]) -> list[str]:
    """Each call is a flow run; `print` goes to its log."""
    greetings = greet.map(names).result()
    for greeting in greetings:
        print(greeting)
    return greetings


if __name__ == "__main__":
    hello()
'''


@app.command(epilog=examples("peninsula init", "peninsula init etl"))
def begin(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made if missing.")] = Path(),
    *,
    as_json: Json = False,
) -> None:
    """Write a first flow into a folder, the current one by default. Nothing is overwritten."""
    path = folder / "flow.py"
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
    except FileExistsError:
        msg = f"{folder} is a file. Give another folder: peninsula init NAME"
        raise ConflictError(msg) from None
    except OSError as problem:
        raise _refused(folder, problem) from None
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(FLOW)
    except FileExistsError:
        msg = f"{path} is there already. Give another folder: peninsula init NAME"
        raise ConflictError(msg) from None
    except OSError as problem:
        raise _refused(path, problem) from None
    if as_json:
        output.show_json({"file": str(path)})
        return
    output.show(output.text(f"Wrote {path}"))
    typed = shlex.quote(str(path))
    output.note(f"Run it:        python {typed}")
    output.note(f"Or with names: peninsula run {typed}:hello -p 'names=[\"Hedy\"]'")
    output.note("See the run:   peninsula flow-run ls")


def _refused(path: Path, problem: OSError) -> UnavailableError:
    msg = f"{path} cannot be written: {problem.strerror}. Give a folder of your own."
    return UnavailableError(msg)
